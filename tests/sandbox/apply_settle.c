/* SPDX-License-Identifier: Apache-2.0 */
/* Around a write: who writes, and whether it changed anything but times. */
#include "tests/sandbox/apply.h"
#include "tests/sandbox/apply_managed.h"

static json_t *without_times(const json_t *entries)
{
    json_t *out = json_array();
    size_t i;
    json_t *entry;

    json_array_foreach (entries, i, entry) {
        json_t *copy = json_copy(entry);

        json_object_del(copy, "time");
        json_array_append_new(out, copy);
    }
    return out;
}

void apply_settle(const json_t *before, json_t *after)
{
    json_t *old = apply_entries_of(before), *now = apply_entries_of(after);
    json_t *old_bare = apply_bare(before), *new_bare = apply_bare(after);
    json_t *old_entries = without_times(old), *new_entries = without_times(now);

    if (old && now && json_equal(old_entries, new_entries) && json_equal(old_bare, new_bare))
        json_object_set_new(json_object_get(after, "metadata"), "managedFields",
                            json_deep_copy(old));
    json_decref(old_bare);
    json_decref(new_bare);
    json_decref(old_entries);
    json_decref(new_entries);
}

#define MANAGER_MAX_BYTES 128

char *apply_manager_name(const char *field_manager, const char *user_agent)
{
    size_t len;

    if (field_manager && *field_manager)
        return xstrdup(field_manager);
    len = user_agent ? strcspn(user_agent, "/") : 0;
    return len > 0 ? xstrndup(user_agent, len < MANAGER_MAX_BYTES ? len : MANAGER_MAX_BYTES)
                   : xstrdup("unknown");
}
