/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings/settings_filter.h"

#include "lib/base/glob.h"
#include "lib/doc/yaml.h"

#define OWN_CLUSTER "https://kubernetes.default.svc"

void settings_filters_clear(struct settings_filters *f)
{
    for (size_t i = 0; i < f->len; i++) {
        strvec_clear(&f->items[i].groups);
        strvec_clear(&f->items[i].kinds);
    }
    free(f->items);
    *f = (struct settings_filters){0};
}

static int read_names(const json_t *rule, const char *field, bool are_globs, struct strvec *out,
                      struct error **err)
{
    const json_t *list = json_object_get(rule, field);
    const json_t *item;
    size_t i;

    if (list && !json_is_null(list) && !json_is_array(list))
        return error_set(err, ERROR_INVALID, "%s is not a list", field);
    json_array_foreach (list, i, item) {
        if (!json_is_string(item))
            return error_set(err, ERROR_INVALID, "%s[%zu] is not a string", field, i);
        if (are_globs && glob_check(json_string_value(item), err) < 0)
            return error_wrap(err, "%s[%zu]", field, i);
        strvec_push(out, json_string_value(item));
    }
    return 0;
}

static bool any_glob_matches(const struct strvec *globs, const char *value)
{
    for (size_t i = 0; i < globs->len; i++)
        if (glob_match(globs->items[i], value, 0))
            return true;
    return globs->len == 0;
}

static int read_filter(const json_t *rule, const char *server, struct settings_filters *out,
                       struct error **err)
{
    cleanup_strvec struct strvec clusters = {0};
    struct settings_filter *f = &out->items[out->len];

    if (!json_is_object(rule))
        return error_set(err, ERROR_INVALID,
                         "it is not an object of apiGroups, kinds and clusters");
    if (read_names(rule, "apiGroups", true, &f->groups, err) == 0 &&
        read_names(rule, "kinds", false, &f->kinds, err) == 0 &&
        read_names(rule, "clusters", true, &clusters, err) == 0 &&
        (any_glob_matches(&clusters, OWN_CLUSTER) ||
         (server && any_glob_matches(&clusters, server)))) {
        out->len++;
        return 0;
    }
    strvec_clear(&f->groups);
    strvec_clear(&f->kinds);
    return *err ? -1 : 0; /* a rule for other clusters */
}

int settings_filters_read(const char *text, const char *server, struct settings_filters *out,
                          struct error **err)
{
    cleanup_json json_t *docs = NULL;
    struct settings_filters found = {0};
    const json_t *list;
    const json_t *rule;
    size_t i;

    if (yaml_parse("value", text, strlen(text), YAML_KUBECTL, &docs, err) < 0)
        return -1;
    list = json_array_get(docs, 0);
    if (json_array_size(docs) > 1 || (list && !json_is_null(list) && !json_is_array(list)))
        return error_set(err, ERROR_INVALID, "it is not a list of rules");
    found.items = xcalloc(json_array_size(list) + 1, sizeof(*found.items));
    json_array_foreach (list, i, rule) {
        if (read_filter(rule, server, &found, err) < 0) {
            settings_filters_clear(&found);
            return error_wrap(err, "rule %zu", i + 1);
        }
    }
    settings_filters_clear(out);
    *out = found;
    return 0;
}

static bool filter_matches(const struct settings_filter *f, const char *group, const char *kind)
{
    return any_glob_matches(&f->groups, group) &&
           (!f->kinds.len || strvec_has(&f->kinds, kind) || strvec_has(&f->kinds, "*"));
}

bool settings_filters_match(const struct settings_filters *f, const char *group, const char *kind)
{
    for (size_t i = 0; i < f->len; i++)
        if (filter_matches(&f->items[i], group, kind))
            return true;
    return false;
}
