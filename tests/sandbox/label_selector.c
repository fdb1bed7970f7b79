/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/label_selector.h"

#include "lib/base/mem.h"

static bool has_all(const json_t *wanted, const json_t *labels)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)wanted, key, value) {
        const json_t *has = json_object_get(labels, key);

        if (!has || !json_equal(has, value))
            return false;
    }
    return true;
}

bool label_map_matches(const json_t *wanted, const json_t *labels)
{
    return json_object_size(wanted) > 0 && has_all(wanted, labels);
}

static bool is_one_of(const json_t *values, const json_t *label)
{
    size_t i;
    json_t *value;

    json_array_foreach ((json_t *)values, i, value) {
        if (label && json_equal(value, label))
            return true;
    }
    return false;
}

static bool holds(const json_t *expression, const json_t *labels)
{
    const char *key = json_string_value(json_object_get(expression, "key"));
    const char *op = json_string_value(json_object_get(expression, "operator"));
    const json_t *values = json_object_get(expression, "values");
    const json_t *label = json_object_get(labels, key ? key : "");

    if (streq(op, "In"))
        return is_one_of(values, label);
    if (streq(op, "NotIn"))
        return !is_one_of(values, label);
    return streq(op, "Exists") ? label != NULL : !label;
}

bool label_selector_matches(const json_t *selector, const json_t *labels)
{
    size_t i;
    json_t *expression;

    if (!selector || !has_all(json_object_get(selector, "matchLabels"), labels))
        return false;
    json_array_foreach (json_object_get(selector, "matchExpressions"), i, expression) {
        if (!holds(expression, labels))
            return false;
    }
    return true;
}
