/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status/status_patch.h"

#include "lib/base/mem.h"

/* Deeper ones are of no document that we write. */
#define MAX_DEPTH 32

static json_t *shape_of(const json_t *document, unsigned depth)
{
    json_t *shape = json_object();
    const char *field;
    json_t *value;

    json_object_foreach ((json_t *)document, field, value) {
        bool is_object = json_is_object(value) && depth < MAX_DEPTH;

        json_object_set_new(shape, field, is_object ? shape_of(value, depth + 1) : json_integer(0));
    }
    return shape;
}

char *status_shape(const json_t *document)
{
    json_t *shape;
    char *text;

    if (!json_object_size(document))
        return NULL;
    shape = shape_of(document, 0);
    text = json_dumps(shape, JSON_COMPACT);
    json_decref(shape);
    return text;
}

/* `document` may share parts with others: an object that changes is copied first. */
static void drop(json_t *document, const json_t *shape)
{
    const char *field;
    json_t *inner;

    json_object_foreach ((json_t *)shape, field, inner) {
        const json_t *value = json_object_get(document, field);

        if (!value) {
            json_object_set_new(document, field, json_null());
        } else if (json_is_object(value) && json_is_object(inner)) {
            json_t *copy = json_copy((json_t *)value);

            drop(copy, inner);
            json_object_set_new(document, field, copy);
        }
    }
}

void status_patch_drop(json_t *document, const char *shape)
{
    json_t *live = shape ? json_loads(shape, 0, NULL) : NULL;

    drop(document, live);
    json_decref(live);
}
