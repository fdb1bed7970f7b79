/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/defaults_fill.h"

#include "lib/doc/yaml.h"

#include <assert.h>

void fill_json(json_t *object, const json_t *defaults)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)defaults, key, value) {
        json_t *mine = json_object_get(object, key);

        if (!mine)
            json_object_set_new(object, key, json_deep_copy(value));
        else if (json_is_object(mine) && json_is_object(value))
            fill_json(mine, value);
    }
}

void fill_text(json_t *object, const char *text)
{
    cleanup_json json_t *defaults = json_is_object(object) ? json_loads(text, 0, NULL) : NULL;

    assert(defaults || !json_is_object(object));
    if (defaults)
        fill_json(object, defaults);
}
