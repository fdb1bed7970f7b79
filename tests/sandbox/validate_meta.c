/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/validate_meta.h"

#include "tests/sandbox/refusal.h"

#include <ctype.h>

#define PART_MAX 63
#define PREFIX_MAX 253
#define KEY_MAX 253

/* Letters, digits and what is in `between`, which neither begins nor ends it. */
static bool is_part(const char *text, size_t len, const char *between)
{
    if (len == 0 || len > PART_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool edge = i == 0 || i == len - 1;

        if (!isalnum((unsigned char)text[i]) && (edge || !strchr(between, text[i])))
            return false;
    }
    return true;
}

static bool is_subdomain(const char *text, size_t len)
{
    size_t from = 0;

    if (len > PREFIX_MAX)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && isupper((unsigned char)text[i]))
            return false;
        if (i < len && text[i] != '.')
            continue;
        if (!is_part(text + from, i - from, "-"))
            return false;
        from = i + 1;
    }
    return true;
}

/* "example.com/name" or "name" */
static bool is_qualified(const char *key)
{
    const char *slash = strchr(key, '/');
    const char *name = slash ? slash + 1 : key;

    return (!slash || is_subdomain(key, (size_t)(slash - key))) &&
           is_part(name, strlen(name), "-_.");
}

static void refuse_name(const char *field, const char *name, json_t *causes)
{
    cause_add(
        causes, "FieldValueInvalid", field,
        "\"%s\": name part must consist of alphanumeric characters, '-', '_' or '.', and must "
        "start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
        "'123-abc', regex used for validation is "
        "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        name);
}

static void check_names(const json_t *map, const char *field, json_t *causes)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)map, key, value)
        if (!is_qualified(key))
            refuse_name(field, key, causes);
}

static void check_label_values(const json_t *labels, json_t *causes)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)labels, key, value) {
        const char *text = json_string_value(value);

        if (text && *text && !is_part(text, strlen(text), "-_."))
            cause_add(causes, "FieldValueInvalid", "metadata.labels",
                      "\"%s\": a valid label must be an empty string or consist of alphanumeric "
                      "characters, '-', '_' or '.', and must start and end with an alphanumeric "
                      "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
                      "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
                      text);
    }
}

static void check_finalizers(const json_t *finalizers, json_t *causes)
{
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)finalizers, i, item) {
        const char *name = json_string_value(item);

        if (name && !is_qualified(name))
            refuse_name("metadata.finalizers", name, causes);
    }
}

static void check_owners(const json_t *owners, json_t *causes)
{
    static const char *const needed[] = {"apiVersion", "kind", "name", "uid"};
    size_t i, controllers = 0;
    json_t *owner;

    json_array_foreach ((json_t *)owners, i, owner) {
        controllers += json_is_true(json_object_get(owner, "controller"));
        for (size_t k = 0; k < ARRAY_LEN(needed); k++) {
            const char *value = json_string_value(json_object_get(owner, needed[k]));
            cleanup_free char *field = xasprintf("metadata.ownerReferences[%zu].%s", i, needed[k]);

            if (!value || !*value)
                cause_add(causes, "FieldValueInvalid", field, "\"\": must not be empty");
        }
    }
    if (controllers > 1)
        cause_add(causes, "FieldValueInvalid", "metadata.ownerReferences",
                  "Only one reference can have Controller set to true");
}

void validate_meta(const json_t *object, json_t *causes)
{
    const json_t *meta = json_object_get(object, "metadata");

    check_names(json_object_get(meta, "labels"), "metadata.labels", causes);
    check_label_values(json_object_get(meta, "labels"), causes);
    check_names(json_object_get(meta, "annotations"), "metadata.annotations", causes);
    check_finalizers(json_object_get(meta, "finalizers"), causes);
    check_owners(json_object_get(meta, "ownerReferences"), causes);
}

static bool is_key(const char *key)
{
    size_t len = strlen(key);

    if (len == 0 || len > KEY_MAX || streq(key, ".") || str_has_prefix(key, ".."))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)key[i]) && !strchr("-_.", key[i]))
            return false;
    return true;
}

void validate_keys(const struct kind *kind, const json_t *object, json_t *causes)
{
    static const char *const fields[] = {"data", "binaryData"};
    const char *key;
    json_t *value;

    if (*kind->group || (!streq(kind->kind, "ConfigMap") && !streq(kind->kind, "Secret")))
        return;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        json_object_foreach (json_object_get(object, fields[i]), key, value) {
            cleanup_free char *field = xasprintf("%s[%s]", fields[i], key);

            if (!is_key(key))
                cause_add(
                    causes, "FieldValueInvalid", field,
                    "\"%s\": a valid config key must consist of alphanumeric characters, '-', "
                    "'_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used "
                    "for validation is '[-._a-zA-Z0-9]+')",
                    key);
        }
}
