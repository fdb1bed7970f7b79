/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The usual list: one merge key, every item has it, none repeats it. The result is what
 * strategic_list.c would find, in linear time: a list of thousands must not stall a render.
 */
#include "lib/base/map.h"
#include "lib/doc/strategic_walk.h"
#include "lib/doc/yaml.h"

/* Fills the map from key to item. Returns false for a list that is not of this sort. */
static bool items_index(struct map *index, json_t *list, const char *key)
{
    char scratch[NODE_TEXT_BYTES];
    json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        const json_t *value = json_object_get(item, key);
        const char *text = node_text(value, scratch);

        if (node_is_null(value) || *text == '\0' || map_set(index, text, item))
            return false;
    }
    return true;
}

/* Merge two items and append what is left. The target's item stands for both: a patch that asks to
 * replace it changes nothing. */
static int item_append(struct merge *m, const struct merge_type *type, json_t *target,
                       json_t *patch, json_t *items, struct error **err)
{
    cleanup_json json_t *merged = NULL;

    if (merge_walk(m, type->items, target, patch, &merged, err) < 0)
        return -1;
    if (!node_is_null(merged) && json_object_size(merged) > 0)
        json_array_append(items, target ? target : merged);
    return 0;
}

int merge_list_unique(struct merge *m, const struct merge_type *type, json_t *base, json_t *patch,
                      bool *done, json_t **out, struct error **err)
{
    cleanup_map struct map in_base = {0}, in_patch = {0};
    cleanup_json json_t *items = NULL;
    char scratch[NODE_TEXT_BYTES];
    const char *key = type->keys ? type->keys[0] : "";
    json_t *item;
    size_t i;

    *done = *key && !type->keys[1] && items_index(&in_base, base, key) &&
            items_index(&in_patch, patch, key);
    if (!*done)
        return 0;
    items = json_array();
    json_array_foreach (patch, i, item) {
        const char *text = node_text(json_object_get(item, key), scratch);

        if (item_append(m, type, map_find(&in_base, text), item, items, err) < 0)
            return -1;
    }
    json_array_foreach (base, i, item) {
        const char *text = node_text(json_object_get(item, key), scratch);

        if (!map_has(&in_patch, text) && item_append(m, type, item, NULL, items, err) < 0)
            return -1;
    }
    *out = TAKE(items);
    return 0;
}
