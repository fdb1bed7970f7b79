/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists that merge by key. kustomize collects the keys of all items, those of the patch first,
 * merges the two items of each key, and puts the target's items behind: so items of the patch come
 * first, in its order (with several keys only new ones do). Lists of scalars go the same way with
 * the key "", which is the scalar.
 *
 * An item without its key, keys that are partly given and repeated keys end in ways that nobody
 * would design; they are kept here step by step, because manifests in use show them.
 */
#include "lib/doc/strategic_walk.h"
#include "lib/doc/yaml.h"

/* The values of an item's keys; NULL where one is missing or empty. */
struct key_values {
    json_t **values; /* references */
    size_t count;
    size_t cap;
};

struct key_rows {
    struct key_values *items;
    size_t len;
    size_t cap;
};

/* What follows is quadratic; such lists have a dozen items. */
#define LIST_MAX_ITEMS 4096

static const char *const primitive_keys[] = {"", NULL};

static void key_values_set(struct key_values *row, size_t index, json_t *value)
{
    json_incref(value);
    json_decref(row->values[index]);
    row->values[index] = value;
}

static void key_values_push(struct key_values *row, json_t *value)
{
    if (row->count == row->cap) {
        row->cap = row->cap ? row->cap * 2 : 4;
        row->values = xrealloc(row->values, row->cap * sizeof(json_t *));
    }
    row->values[row->count++] = json_incref(value);
}

static void key_values_clear(struct key_values *row)
{
    for (size_t i = 0; i < row->count; i++)
        json_decref(row->values[i]);
    free(row->values);
    *row = (struct key_values){0};
}
#define cleanup_key_values __attribute__((cleanup(key_values_clear)))

static void key_rows_clear(struct key_rows *rows)
{
    for (size_t i = 0; i < rows->len; i++)
        key_values_clear(&rows->items[i]);
    free(rows->items);
}
#define cleanup_key_rows __attribute__((cleanup(key_rows_clear)))

static bool text_equal(const json_t *a, const json_t *b)
{
    char a_scratch[NODE_TEXT_BYTES], b_scratch[NODE_TEXT_BYTES];

    return strcmp(node_text(a, a_scratch), node_text(b, b_scratch)) == 0;
}

static bool key_values_equal(const struct key_values *a, const struct key_values *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!text_equal(a->values[i], b->values[i]))
            return false;
    return true;
}

/* Takes the row unless an equal one is there. */
static void key_rows_add(struct key_rows *rows, struct key_values *row)
{
    for (size_t i = 0; i < rows->len; i++) {
        if (key_values_equal(&rows->items[i], row)) {
            key_values_clear(row);
            return;
        }
    }
    if (rows->len == rows->cap) {
        rows->cap = rows->cap ? rows->cap * 2 : 8;
        rows->items = xrealloc(rows->items, rows->cap * sizeof(*rows->items));
    }
    rows->items[rows->len++] = *row;
    *row = (struct key_values){0};
}

static bool key_is_given(const json_t *value)
{
    char scratch[NODE_TEXT_BYTES];

    return value && *node_text(value, scratch);
}

/* The scalar that stands for one key of an item, NULL where there is none. An item that is its own
 * key may be null: then its text counts. */
static json_t *key_value(json_t *item, const char *key)
{
    json_t *value = json_object_get(item, key);

    if (!*key)
        return item;
    return node_is_null(value) || !key_is_given(value) ? NULL : value;
}

static void key_rows_collect(struct key_rows *rows, json_t *list, const char *const *keys)
{
    json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        struct key_values row = {0};

        for (size_t k = 0; keys[k]; k++)
            key_values_push(&row, key_value(item, keys[k]));
        key_rows_add(rows, &row);
    }
}

/* What both rows say, where they agree in some key and contradict each other in none. */
static bool key_values_combine(const struct key_values *a, const struct key_values *b,
                               struct key_values *out)
{
    bool agree = false;

    for (size_t k = 0; k < a->count; k++) {
        if (text_equal(a->values[k], b->values[k]))
            agree = true;
        else if (a->values[k] && b->values[k])
            return false;
        key_values_push(out, a->values[k] ? a->values[k] : b->values[k]);
    }
    return agree;
}

/* With several keys, a row that lacks one takes it from a row that agrees in the others. Each row
 * is compared as it was when its turn came, though others may have filled it since. */
static void key_rows_complete(struct key_rows *rows)
{
    for (size_t i = 0; i < rows->len; i++) {
        cleanup_key_values struct key_values row = {0};

        for (size_t k = 0; k < rows->items[i].count; k++)
            key_values_push(&row, rows->items[i].values[k]);
        for (size_t j = 0; j < rows->len; j++) {
            cleanup_key_values struct key_values both = {0};

            if (!key_values_combine(&row, &rows->items[j], &both))
                continue;
            for (size_t k = 0; k < both.count; k++) {
                key_values_set(&rows->items[i], k, both.values[k]);
                key_values_set(&rows->items[j], k, both.values[k]);
            }
        }
    }
}

/* The keys that some item gives, or all where none gives any. Returns their number. */
static size_t keys_given(const struct key_rows *rows, const char *const *keys, size_t index[])
{
    size_t count = 0, k;

    for (k = 0; keys[k]; k++) {
        for (size_t i = 0; i < rows->len; i++) {
            if (key_is_given(rows->items[i].values[k])) {
                index[count++] = k;
                break;
            }
        }
    }
    if (count > 0)
        return count;
    while (count < k) {
        index[count] = count;
        count++;
    }
    return count;
}

/* The first item with all the given keys. Keys that the row lacks do not count, unless it lacks
 * all: then they must be there and be empty. */
static json_t *item_find(json_t *list, const char *const *keys, const struct key_values *row)
{
    bool empty = true;
    json_t *item;
    size_t i;

    for (size_t k = 0; k < row->count; k++)
        empty = empty && !key_is_given(row->values[k]);
    json_array_foreach (list, i, item) {
        bool found = *keys[0] == '\0' || json_is_object(item);

        for (size_t k = 0; found && k < row->count; k++) {
            json_t *value = *keys[k] ? json_object_get(item, keys[k]) : item;

            if (row->values[k] || empty)
                found = value && text_equal(value, row->values[k]);
        }
        if (found)
            return item;
    }
    return NULL;
}

/* Does the item count as the one that item_set looks for? -1: it cannot be compared. */
static int item_matches(const struct merge *m, json_t *item, const char *const *keys,
                        size_t key_count, const struct key_values *row, bool *matches,
                        struct error **err)
{
    *matches = false;
    for (size_t k = 0; k < key_count; k++) {
        char scratch[NODE_TEXT_BYTES];
        json_t *value = item;

        if (k >= row->count) {
            *matches = k > 0; /* a key without a value repeats the answer before it */
            continue;
        }
        if (*keys[k] == '\0') {
            if (json_is_object(item) || json_is_array(item))
                return merge_error(m, err, "has an item that is no scalar");
        } else {
            if (!json_is_object(item))
                return merge_error(m, err, "has an item that is no map");
            value = json_object_get(item, keys[k]);
        }
        *matches = value && text_equal(value, row->values[k]);
        if (value && *keys[k] && *node_text(row->values[k], scratch) == '\0')
            *matches = true; /* an empty key asks for its presence only */
        if (!*matches)
            return 0;
    }
    return 0;
}

/*
 * Put `element` in place of the items with these keys, or behind where there is none; NULL removes
 * them. Nulls and empty maps fall out of the list on the way, and with no values at all everything
 * does.
 */
static int item_set(const struct merge *m, json_t *list, const char *const *keys, size_t key_count,
                    const struct key_values *row, json_t *element, struct error **err)
{
    cleanup_json json_t *kept = json_array();
    char scratch[NODE_TEXT_BYTES];
    bool any_value = row->count > 0 && *node_text(row->values[0], scratch);
    bool placed = false;
    json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        bool matches;

        if (node_is_null(item) || (json_is_object(item) && json_object_size(item) == 0))
            continue;
        if (!json_is_object(item) && *keys[0] && any_value) {
            json_array_append(kept, item);
            continue;
        }
        if (item_matches(m, item, keys, key_count, row, &matches, err) < 0)
            return -1;
        if (!matches) {
            if (row->count > 0)
                json_array_append(kept, item);
            continue;
        }
        placed = true;
        if (element)
            json_array_append(kept, element);
    }
    if (!node_is_null(element) && !placed)
        json_array_append(kept, element);
    json_array_clear(list);
    json_array_extend(list, kept);
    return 0;
}

/* Put the target's items behind those in `list`, or in the place of those with the same keys. */
static int items_put(const struct merge *m, json_t *list, json_t *items, const char *const *keys,
                     size_t key_count, struct error **err)
{
    json_t *item;
    size_t i;

    json_array_foreach (items, i, item) {
        cleanup_key_values struct key_values row = {0};

        if (*keys[0] == '\0') {
            key_values_push(&row, item);
        } else {
            if (!json_is_object(item) && !json_is_null(item))
                return merge_error(m, err, "has an item that is no map");
            for (size_t k = 0; k < key_count; k++) {
                json_t *value = json_object_get(item, keys[k]);

                if (value)
                    key_values_push(&row, value);
                else
                    json_array_append(list, item);
            }
        }
        if (key_count > 1 && item_set(m, list, keys, key_count, &row, NULL, err) < 0)
            return -1;
        if (item_set(m, list, keys, key_count, &row, item, err) < 0)
            return -1;
    }
    return 0;
}

/* Merge the two items of one row into `merged_items`. */
static int row_merge(struct merge *m, const struct merge_type *type, const char *const *keys,
                     size_t key_count, const struct key_values *row, json_t *base, json_t *patch,
                     json_t *merged_items, struct error **err)
{
    cleanup_json json_t *target_item = json_incref(item_find(base, keys, row));
    cleanup_json json_t *patch_item = json_incref(item_find(patch, keys, row));
    cleanup_json json_t *merged = NULL;

    if (merge_walk(m, type->items, target_item, patch_item, &merged, err) < 0)
        return -1;
    if (node_is_null(merged) || (json_is_object(merged) && json_object_size(merged) == 0))
        return item_set(m, base, keys, key_count, row, NULL, err);
    for (size_t k = 0; k < key_count; k++)
        if (json_is_object(merged) && !json_object_get(merged, keys[k]) && row->values[k])
            json_object_set(merged, keys[k], row->values[k]);
    return item_set(m, merged_items, keys, key_count, row, merged, err);
}

/* By the keys of `all_keys` that `index` lists, which `keys` has room for. */
static int rows_merge_by(struct merge *m, const struct merge_type *type,
                         const char *const *all_keys, const size_t *index, const char **keys,
                         size_t key_count, const struct key_rows *rows, json_t *base, json_t *patch,
                         json_t *merged_items, struct error **err)
{
    for (size_t k = 0; k < key_count; k++)
        keys[k] = all_keys[index[k]];
    for (size_t i = 0; i < rows->len; i++) {
        cleanup_key_values struct key_values row = {0};

        for (size_t k = 0; k < key_count; k++)
            key_values_push(&row, rows->items[i].values[index[k]]);
        if (row_merge(m, type, keys, key_count, &row, base, patch, merged_items, err) < 0)
            return -1;
    }
    return items_put(m, merged_items, base, keys, key_count, err);
}

static int rows_merge(struct merge *m, const struct merge_type *type, const char *const *all_keys,
                      struct key_rows *rows, json_t *base, json_t *patch, json_t *merged_items,
                      struct error **err)
{
    size_t count = 0;
    const char **keys;
    size_t *index;
    int rc;

    while (all_keys[count])
        count++;
    if (count > 1)
        key_rows_complete(rows);
    keys = xcalloc(count + 1, sizeof(*keys));
    index = xcalloc(count, sizeof(*index));
    count = keys_given(rows, all_keys, index);
    rc = rows_merge_by(m, type, all_keys, index, keys, count, rows, base, patch, merged_items, err);
    free(keys);
    free(index);
    return rc;
}

/* The order that a list carries as an item of its own, `- $patch: replace`: taken out of it, and
 * with it every item of the same order. */
static int list_directive_take(const struct merge *m, json_t *patch, enum directive *directive,
                               struct error **err)
{
    static const char *const keys[] = {PATCH_DIRECTIVE, NULL};
    cleanup_key_values struct key_values row = {0};
    json_t *item;
    size_t i;

    *directive = DIRECTIVE_MERGE;
    json_array_foreach (patch, i, item) {
        json_t *value = json_object_get(item, PATCH_DIRECTIVE);

        if (!value)
            continue;
        if (json_object_size(item) > 1)
            return 0;
        *directive = directive_parse(value);
        if (*directive == DIRECTIVE_UNKNOWN)
            return directive_refuse(m, value, err);
        key_values_push(&row, value);
        return item_set(m, patch, keys, 1, &row, NULL, err);
    }
    return 0;
}

/* Which of the two lists the result grows from: borrowed, NULL to clear. */
static int list_base(const struct merge *m, json_t *target, json_t *patch, json_t **base,
                     struct error **err)
{
    enum directive directive = DIRECTIVE_MERGE;

    *base = node_is_null(target) ? patch : target;
    if (json_is_null(patch))
        *base = NULL;
    if (node_is_null(target) || node_is_null(patch))
        return 0;
    if (list_directive_take(m, patch, &directive, err) < 0)
        return -1;
    if (directive == DIRECTIVE_DELETE)
        *base = NULL;
    if (directive == DIRECTIVE_REPLACE)
        *base = patch;
    return 0;
}

int merge_list(struct merge *m, const struct merge_type *type, json_t *target, json_t *patch,
               json_t **out, struct error **err)
{
    const char *const *keys = type->keys ? type->keys : primitive_keys;
    cleanup_key_rows struct key_rows rows = {0};
    cleanup_json json_t *merged_items = NULL;
    json_t *base;
    bool done;

    if (list_base(m, target, patch, &base, err) < 0)
        return -1;
    if (!base)
        return 0;
    if (merge_list_unique(m, type, base, patch, &done, out, err) < 0)
        return -1;
    if (done)
        return 0;
    if (json_array_size(base) + json_array_size(patch) > LIST_MAX_ITEMS)
        return merge_error(m, err, "has too many items without one key that is their own");
    key_rows_collect(&rows, patch, keys);
    if (base != patch)
        key_rows_collect(&rows, base, keys);
    if (rows.len == 0) {
        *out = json_incref(base);
        return 0;
    }
    merged_items = json_array();
    if (rows_merge(m, type, keys, &rows, base, patch, merged_items, err) < 0)
        return -1;
    *out = TAKE(merged_items);
    return 0;
}
