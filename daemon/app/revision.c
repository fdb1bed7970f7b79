/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/revision.h"

#include "lib/base/buf.h"
#include "lib/base/interned.h"

#define HEX (GIT_OID_HEX_BYTES - 1)

void revision_set(const char **revision, const char *to)
{
    const char *copy = interned_ref(to);

    revision_clear(revision);
    *revision = copy;
}

void revision_clear(const char **revision)
{
    interned_unref(*revision);
    *revision = NULL;
}

bool revision_at(const char *revision, size_t i, char oid[GIT_OID_HEX_BYTES])
{
    size_t at = i * (HEX + 1);

    if (strlen(revision) < at + HEX)
        return false;
    memcpy(oid, revision + at, HEX);
    oid[HEX] = '\0';
    return true;
}

char *revision_of(const json_t *holder)
{
    const json_t *list = json_object_get(holder, "revisions");
    const char *one = json_string_value(json_object_get(holder, "revision"));
    struct buf text = BUF_UNLIMITED;
    size_t i;
    json_t *item;

    if (!json_array_size(list))
        return xstrdup(one ? one : "");
    json_array_foreach ((json_t *)list, i, item) {
        buf_puts(&text, i ? " " : "");
        buf_puts(&text, json_string_value(item) ? json_string_value(item) : "?");
    }
    return buf_take(&text);
}

void revision_write(json_t *holder, const char *revision, const json_t *source)
{
    char oid[GIT_OID_HEX_BYTES];
    json_t *list;

    json_object_set_new(holder, "revision",
                        json_string(json_is_array(source) || !revision ? "" : revision));
    if (!json_is_array(source) || !revision)
        return;
    list = json_array();
    for (size_t i = 0; revision_at(revision, i, oid); i++)
        json_array_append_new(list, json_string(oid));
    json_object_set_new(holder, "revisions", list);
}
