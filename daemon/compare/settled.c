/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settled: lists with keys in which all items are in their places.
 */
#include "daemon/compare/keys.h"
#include "lib/base/buf.h"

/* Those that JSON never writes in another way. */
#define PLAIN_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/: "

/* Does the item have this key by name, and no letter in it that JSON writes in another way?
 * Appends `k:{"MEMBER":VALUE,...}` with sorted members, as fieldsV1 has it. */
static bool put_name(struct buf *out, const struct keys *k, const json_t *item)
{
    buf_puts(out, "k:{");
    for (unsigned i = 0; i < k->count; i++) {
        const json_t *v = keys_member(k, item, i);
        const char *text = json_string_value(v);

        buf_printf(out, "%s\"%s\":", i ? "," : "", k->members[i]);
        if (json_is_integer(v))
            buf_printf(out, "%lld", (long long)json_integer_value(v));
        else if (text && strspn(text, PLAIN_LETTERS) == json_string_length(v))
            buf_printf(out, "\"%s\"", text);
        else
            return false;
    }
    buf_putc(out, '}');
    return true;
}

static bool has_same_key(const struct keys *k, const json_t *a, const json_t *b)
{
    for (unsigned i = 0; i < k->count; i++)
        if (!json_equal(keys_member(k, a, i), keys_member(k, b, i)))
            return false;
    return true;
}

/* One declared item, what is live, and the name of what we own. */
struct twins {
    const json_t *live, *node;
    const char *name;
};

/* Find the twins of each declared item; false: not all are there, in this order and ours alone. */
static bool find_twins(const json_t *declared, const json_t *live, const json_t *owned,
                       const struct keys *k, struct twins *twins)
{
    size_t there = 0, count = json_array_size(declared);
    size_t self = json_object_get(owned, ".") ? 1 : 0;

    if (json_object_size(owned) != count + self)
        return false;
    for (size_t i = 0; i < count; i++, there++) {
        const json_t *item = json_array_get(declared, i);
        cleanup_buf struct buf name = BUF_UNLIMITED;
        void *it;

        if (!put_name(&name, k, item) || !(it = json_object_iter_at((json_t *)owned, name.data)))
            return false;
        while (there < json_array_size(live) && !has_same_key(k, item, json_array_get(live, there)))
            there++;
        if (there == json_array_size(live))
            return false;
        twins[i] = (struct twins){.live = json_array_get(live, there),
                                  .node = json_object_iter_value(it),
                                  .name = json_object_iter_key(it)};
    }
    return true;
}

bool walk_settled(struct comparison *c, const struct place *at, const json_t *declared,
                  const json_t *live, const json_t *owned, const struct keys *keys)
{
    size_t count = json_array_size(declared);
    struct twins *twins;
    bool settled;

    if (c->ignored || keys->count == 0)
        return false;
    twins = xcalloc(count, sizeof(*twins));
    settled = find_twins(declared, live, owned, keys, twins);
    for (size_t i = 0; settled && i < count; i++) {
        struct place here = {.up = at, .owned = twins[i].name, .type = kube_type_items(at->type)};

        walk_value(c, &here, json_array_get(declared, i), twins[i].live, twins[i].node);
    }
    free(twins);
    return settled;
}
