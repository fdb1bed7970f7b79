/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/keys.h"

void keys_add(struct keys *k, const char *name, const json_t *default_value)
{
    unsigned i = 0;

    while (i < k->count && !streq(k->members[i], name))
        i++;
    if (i < k->count || i == KEY_MEMBERS_MAX)
        return;
    k->members[i] = name;
    k->defaults[i] = default_value;
    k->count++;
}

static void swap_members(struct keys *k, unsigned a, unsigned b)
{
    const char *name = k->members[a];
    const json_t *default_value = k->defaults[a];

    k->members[a] = k->members[b];
    k->defaults[a] = k->defaults[b];
    k->members[b] = name;
    k->defaults[b] = default_value;
}

void keys_add_of_type(struct keys *k, const struct kube_type *list)
{
    size_t count;
    const char *const *keys = kube_type_keys(list, &count);

    for (size_t i = 0; i < count; i++) {
        const struct kube_field *field = kube_type_field(kube_type_items(list), keys[i]);

        keys_add(k, keys[i], field ? field->default_value : NULL);
    }
    for (unsigned i = 1; i < k->count; i++) /* few, and mostly sorted */
        for (unsigned n = i; n > 0 && strcmp(k->members[n - 1], k->members[n]) > 0; n--)
            swap_members(k, n - 1, n);
}

const json_t *keys_member(const struct keys *k, const json_t *item, unsigned i)
{
    const json_t *v = json_object_get(item, k->members[i]);

    return is_nothing(v) ? k->defaults[i] : v;
}
