/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings/settings_custom.h"

#include "lib/base/glob.h"
#include "lib/doc/yaml.h"

static int parse_one(const char *text, json_t **out, struct error **err)
{
    cleanup_json json_t *docs = NULL;

    if (yaml_parse("value", text, strlen(text), YAML_KUBECTL, &docs, err) < 0)
        return -1;
    if (json_array_size(docs) > 1)
        return error_set(err, ERROR_INVALID, "it is more than one document");
    *out = json_array_size(docs) ? json_incref(json_array_get(docs, 0)) : json_null();
    return 0;
}

/* Copy a list of strings, where there is one. */
static int copy_strings(const json_t *from, const char *field, json_t *to, struct error **err)
{
    json_t *list = json_object_get(from, field);
    const json_t *item;
    size_t i;

    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list))
        return error_set(err, ERROR_INVALID, "%s is not a list", field);
    json_array_foreach (list, i, item) {
        if (!json_is_string(item))
            return error_set(err, ERROR_INVALID, "%s[%zu] is not a string", field, i);
    }
    return json_object_set(to, field, list);
}

static int check_pointers(const json_t *rule, struct error **err)
{
    const json_t *item;
    size_t i;

    json_array_foreach (json_object_get(rule, "jsonPointers"), i, item) {
        const char *pointer = json_string_value(item);

        if (*pointer != '/')
            return error_set(err, ERROR_INVALID,
                             "jsonPointers[%zu]: \"%s\" does not start with \"/\"", i, pointer);
    }
    return 0;
}

static int read_rule(const json_t *value, bool with_managers, json_t **out, struct error **err)
{
    cleanup_json json_t *rule = json_object();

    if (!json_is_null(value) && !json_is_object(value))
        return error_set(err, ERROR_INVALID, "it is not a map");
    if (copy_strings(value, "jsonPointers", rule, err) < 0 ||
        copy_strings(value, "jqPathExpressions", rule, err) < 0 ||
        (with_managers && copy_strings(value, "managedFieldsManagers", rule, err) < 0) ||
        check_pointers(rule, err) < 0)
        return -1;
    *out = TAKE(rule);
    return 0;
}

static int read_differences(const json_t *value, json_t **out, struct error **err)
{
    return read_rule(value, true, out, err);
}

static int read_updates(const json_t *value, json_t **out, struct error **err)
{
    return read_rule(value, false, out, err);
}

static int read_known_fields(const json_t *value, json_t **out, struct error **err)
{
    const json_t *item;
    size_t i;

    if (!json_is_null(value) && !json_is_array(value))
        return error_set(err, ERROR_INVALID, "it is not a list");
    json_array_foreach (value, i, item) {
        if (!json_is_string(json_object_get(item, "field")) ||
            !json_is_string(json_object_get(item, "type")))
            return error_set(err, ERROR_INVALID, "[%zu] has no field and type", i);
    }
    *out = json_is_array(value) ? json_incref((json_t *)value) : json_array();
    return 0;
}

static int read_script(const json_t *value, json_t **out, struct error **err)
{
    (void)err;
    *out = json_incref((json_t *)value);
    return 0;
}

static int read_open_libs(const json_t *value, json_t **out, struct error **err)
{
    if (!json_is_boolean(value))
        return error_set(err, ERROR_INVALID, "it is neither true nor false");
    *out = json_incref((json_t *)value);
    return 0;
}

/* How a value is written. */
enum custom_form {
    CUSTOM_YAML_TEXT, /* YAML, which in the map stands inside a string */
    CUSTOM_VALUE,     /* YAML */
    CUSTOM_TEXT,      /* the text itself */
};

/* What is kept of the types of customizations; the others belong to somebody else. */
struct custom_type {
    const char *name;
    const char *map_name;
    int (*read)(const json_t *value, json_t **out, struct error **err);
    size_t kept_in; /* offset of the json_t * in struct settings */
    enum custom_form form;
};

#define KEPT_IN(field) offsetof(struct settings, field)
static const struct custom_type types[] = {
    {"ignoreDifferences", "ignoreDifferences", read_differences, KEPT_IN(ignore_differences),
     CUSTOM_YAML_TEXT},
    {"ignoreResourceUpdates", "ignoreResourceUpdates", read_updates, KEPT_IN(ignore_updates),
     CUSTOM_YAML_TEXT},
    {"knownTypeFields", "knownTypeFields", read_known_fields, KEPT_IN(known_type_fields),
     CUSTOM_VALUE},
    {"health", "health.lua", read_script, KEPT_IN(health_scripts), CUSTOM_TEXT},
    {"useOpenLibs", "health.lua.useOpenLibs", read_open_libs, KEPT_IN(health_open_libs),
     CUSTOM_VALUE},
    {"actions", "actions", NULL, 0, CUSTOM_TEXT},
};

static json_t **kept_in(struct settings *s, const struct custom_type *type)
{
    return (json_t **)((char *)s + type->kept_in);
}

/* "GROUP_KIND", "KIND" or "all" as the rest of a key. Heap string. */
static int kind_of_key(const char *rest, char **out, struct error **err)
{
    const char *low = strchr(rest, '_');

    if (low && strchr(low + 1, '_'))
        return error_set(err, ERROR_INVALID, "\"%s\" is not GROUP_KIND: it has more than one \"_\"",
                         rest);
    if (!*rest || (low && !low[1]))
        return error_set(err, ERROR_INVALID, "it names no kind");
    if (streq(rest, "all"))
        *out = xstrdup("all");
    else if (low)
        *out = xasprintf("%.*s/%s", (int)(low - rest), rest, low + 1);
    else
        *out = xasprintf("/%s", rest);
    return 0;
}

/* "GROUP/KIND" or "KIND" as a key of the map. Heap string. */
static int kind_of_map(const char *name, char **out, struct error **err)
{
    const char *slash = strchr(name, '/');

    if (!*name || (slash && strchr(slash + 1, '/')))
        return error_set(err, ERROR_INVALID, "\"%s\" is not GROUP/KIND", name);
    if (glob_check(name, err) < 0)
        return -1;
    if (streq(name, "*/*"))
        *out = xstrdup("all");
    else
        *out = xasprintf("%s%s", slash ? "" : "/", name);
    return 0;
}

static int read_text(struct settings *s, const struct custom_type *type, const char *kind,
                     const char *text, struct error **err)
{
    cleanup_json json_t *value = NULL;
    json_t *rule = NULL;

    if (type->form == CUSTOM_TEXT)
        value = json_string(text);
    else if (parse_one(text, &value, err) < 0)
        return -1;
    if (type->read(value, &rule, err) < 0)
        return -1;
    json_object_set_new(*kept_in(s, type), kind, rule);
    return 0;
}

int settings_custom_read(struct settings *s, const char *key, const char *text, struct error **err)
{
    const char *name = key + strlen(SETTINGS_CUSTOM_PREFIX);
    size_t len = strcspn(name, ".");
    cleanup_free char *kind = NULL;

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (strlen(types[i].name) != len || strncmp(types[i].name, name, len) != 0)
            continue;
        if (kind_of_key(name[len] ? name + len + 1 : "", &kind, err) < 0)
            return -1;
        return types[i].read ? read_text(s, &types[i], kind, text, err) : 0;
    }
    return error_set(err, ERROR_INVALID, "there is no customization named \"%.*s\"", (int)len,
                     name);
}

static int read_entry(struct settings *s, const char *name, const json_t *entry, struct error **err)
{
    cleanup_free char *kind = NULL;

    if (kind_of_map(name, &kind, err) < 0)
        return -1;
    if (!json_is_object(entry))
        return error_set(err, ERROR_INVALID, "it is not a map");
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        const json_t *value = json_object_get(entry, types[i].map_name);
        bool is_text = types[i].form != CUSTOM_VALUE;
        json_t *rule = NULL;

        if (!value || !types[i].read)
            continue;
        if (is_text && !json_is_string(value))
            return error_set(err, ERROR_INVALID, "%s is not a string", types[i].map_name);
        if ((is_text ? read_text(s, &types[i], kind, json_string_value(value), err)
                     : types[i].read(value, &rule, err)) < 0)
            return error_wrap(err, "%s", types[i].map_name);
        if (rule)
            json_object_set_new(*kept_in(s, &types[i]), kind, rule);
    }
    return 0;
}

static int read_entries(struct settings *s, const json_t *map, struct error **err)
{
    const char *name;
    json_t *entry;

    if (!json_is_null(map) && !json_is_object(map))
        return error_set(err, ERROR_INVALID, "it is not a map of kinds");
    json_object_foreach ((json_t *)map, name, entry) {
        if (read_entry(s, name, entry, err) < 0)
            return error_wrap(err, "%s", name);
    }
    return 0;
}

/* First into empty objects, so that nothing of a map with an error stays. */
int settings_custom_read_map(struct settings *s, const char *text, struct error **err)
{
    cleanup_json json_t *map = NULL;
    struct settings trial = {0};
    int result;

    settings_custom_init(&trial);
    result = parse_one(text, &map, err) < 0 || read_entries(&trial, map, err) < 0 ? -1 : 0;
    for (size_t i = 0; i < ARRAY_LEN(types) && result == 0; i++)
        if (types[i].read)
            json_object_update(*kept_in(s, &types[i]), *kept_in(&trial, &types[i]));
    settings_custom_clear(&trial);
    return result;
}

void settings_custom_init(struct settings *s)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i].read)
            *kept_in(s, &types[i]) = json_object();
}

void settings_custom_clear(struct settings *s)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i].read)
            json_decref(TAKE(*kept_in(s, &types[i])));
}
