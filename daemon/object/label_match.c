/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/label_match.h"

#include "daemon/object/identity.h"

static bool is_among(const json_t *values, const char *value)
{
    const json_t *item;
    size_t i;

    json_array_foreach (values, i, item) {
        if (value && streq(json_string_value(item), value))
            return true;
    }
    return false;
}

static bool expression_holds(const json_t *expression, const json_t *labels)
{
    const char *operator= object_string(expression, "operator");
    const char *value =
        json_string_value(json_object_get(labels, object_string(expression, "key")));
    const json_t *values = json_object_get(expression, "values");

    if (streq(operator, "In"))
        return is_among(values, value);
    if (streq(operator, "NotIn"))
        return !is_among(values, value);
    if (streq(operator, "Exists"))
        return value != NULL;
    return streq(operator, "DoesNotExist") && !value;
}

bool labels_match(const json_t *selector, const json_t *labels)
{
    const json_t *item;
    const char *key;
    size_t i;

    if (!json_is_object(selector))
        return false;
    json_object_foreach (json_object_get(selector, "matchLabels"), key, item) {
        if (!streq(json_string_value(json_object_get(labels, key)), json_string_value(item)))
            return false;
    }
    json_array_foreach (json_object_get(selector, "matchExpressions"), i, item) {
        if (!expression_holds(item, labels))
            return false;
    }
    return true;
}
