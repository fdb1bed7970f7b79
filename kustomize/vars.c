/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/vars.h"

#include "kustomize/fieldpath.h"
#include "kustomize/json_text.h"
#include "kustomize/vars_expand.h"
#include "lib/doc/spelling.h"

#include <errno.h>

#define DEFAULT_PATH "metadata.name"

/* ---- the set ---- */

void vars_clear(struct vars *v)
{
    map_clear_with(&v->paths, free);
}

/* Takes `path`, also on failure. */
static int add(struct vars *v, const char *name, char *path, struct error **err)
{
    if (map_has(&v->paths, name)) {
        free(path);
        return error_set(err, ERROR_INVALID, "var '%s' already encountered; give it another name",
                         name);
    }
    map_set(&v->paths, name, path);
    return 0;
}

/* What a var's objref selects. */
struct target {
    char *api_version;
    const char *kind;
    const char *name;
    const char *namespace; /* "": any */
};

/* group and version stand alone or together in apiVersion, which wins. */
static char *target_version(const json_t *objref)
{
    const char *api_version = json_string_at(objref, "apiVersion");
    const char *group = json_string_at(objref, "group");
    const char *version = json_string_at(objref, "version");
    const char *slash = strchr(api_version, '/');

    if (slash && !strchr(slash + 1, '/'))
        return *api_version == '/' ? xstrdup(slash + 1) : xstrdup(api_version);
    if (*api_version && !slash)
        version = api_version;
    return *group ? xasprintf("%s/%s", group, version) : xstrdup(version);
}

static bool is_meant(const struct target *t, const char *kind, const char *name,
                     const char *namespace)
{
    return streq(kind, t->kind) && streq(name, t->name) &&
           (!*t->namespace || streq(namespace, t->namespace));
}

static bool is_or_was_meant(const struct target *t, const struct resource *r)
{
    if (!r->object || !streq(resource_api_version(r), t->api_version))
        return false;
    for (size_t i = 0; i < r->previous_count; i++)
        if (is_meant(t, r->previous[i].kind, r->previous[i].name, r->previous[i].namespace))
            return true;
    return is_meant(t, resource_kind(r), resource_name(r), resource_effective_namespace(r));
}

static int mark_resource(struct resmap *m, const struct target *t, const char *var,
                         struct error **err)
{
    struct resource *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < m->items.len; i++)
        if (is_or_was_meant(t, resmap_at(m, i))) {
            found = resmap_at(m, i);
            count++;
        }
    if (count > 1)
        return error_set(err, ERROR_INVALID,
                         "found %zu resId matches for var '%s': %s %s (unable to disambiguate); "
                         "name a namespace in its objref",
                         count, var, t->kind, t->name);
    if (found)
        strvec_push(&found->vars, var);
    return 0;
}

int vars_merge_field(struct vars *v, struct resmap *m, const json_t *field, struct error **err)
{
    size_t i;
    json_t *var;

    json_array_foreach ((json_t *)field, i, var) {
        const json_t *objref = json_object_get(var, "objref");
        cleanup_free char *api_version = target_version(objref);
        struct target t = {api_version, json_string_at(objref, "kind"),
                           json_string_at(objref, "name"), json_string_at(objref, "namespace")};

        if (mark_resource(m, &t, json_string_at(var, "name"), err) < 0)
            return -1;
    }
    json_array_foreach ((json_t *)field, i, var) {
        const char *path = json_string_at(json_object_get(var, "fieldref"), "fieldPath");

        if (add(v, json_string_at(var, "name"), xstrdup(*path ? path : DEFAULT_PATH), err) < 0)
            return -1;
    }
    return 0;
}

int vars_merge(struct vars *v, struct vars *from, struct error **err)
{
    struct map paths = from->paths;
    struct map_entry *e;
    size_t it = 0;
    int rc = 0;

    from->paths = (struct map){0};
    while ((e = map_next(&paths, &it))) {
        if (rc == 0)
            rc = add(v, e->key, TAKE(e->value), err);
        else
            free(e->value);
    }
    map_clear(&paths);
    return rc;
}

/* ---- values ---- */

static bool is_decimal(const char *text)
{
    const char *digits = text + (*text == '-' || *text == '+');

    return *digits && !digits[strspn(digits, "0123456789")];
}

/* Go takes the text of an integer as decimal, whatever YAML makes of it: 0777 is 777. */
static json_t *integer_of(const char *text)
{
    long long n;

    errno = 0;
    n = strtoll(text, NULL, 10);
    return is_decimal(text) && errno == 0 ? json_integer(n) : NULL;
}

static json_t *number_of(const char *text)
{
    return strchr(text, '_') ? NULL : json_real(strtod(text, NULL));
}

/* A spelled scalar as Go reads its text; NULL where it cannot. */
static json_t *spelled_meaning(json_t *v)
{
    cleanup_json json_t *value = spelled_value(v);
    const char *text = spelled_text(v);

    if (json_is_integer(value) && !strpbrk(text, ".eE"))
        return integer_of(text);
    if (json_is_real(value) && is_decimal(text) && json_real_value(value) < 0x1p64)
        return NULL;
    if (json_is_number(value))
        return number_of(text);
    return json_is_boolean(value) ? json_incref(value) : spelled_string(text, strlen(text));
}

/* "ports[0]" is "ports.0" here. */
static char *plain_path(const char *path)
{
    struct buf out = BUF_UNLIMITED;

    for (const char *p = path; *p; p++) {
        size_t digits = strspn(p + 1, "0123456789");
        bool is_index =
            *p == '[' && digits && p[1 + digits] == ']' && (!p[2 + digits] || p[2 + digits] == '.');

        if (!is_index) {
            buf_putc(&out, *p);
            continue;
        }
        if (p > path && p[-1] != '.')
            buf_putc(&out, '.');
        buf_put(&out, p + 1, digits);
        p += digits + 1;
    }
    return buf_take(&out);
}

/* A new reference to what the var stands for; maps and lists are what they are. */
static int read_value(const struct resource *r, const char *var, const char *path, json_t **out,
                      struct error **err)
{
    cleanup_free char *plain = plain_path(path);
    json_t *found = NULL;
    json_t *value = NULL;

    if (fieldpath_lookup(r->object, plain, &found, err) < 0)
        return error_wrap(err, "var '%s'", var);
    if (found)
        value = spelled_text(found) ? spelled_meaning(found) : spelled_value(found);
    if (!value)
        return error_set(err, ERROR_INVALID,
                         "field %s specified in var '%s' not found in corresponding resource %s %s",
                         path, var, resource_kind(r), resource_name(r));
    *out = json_is_null(value) ? json_string("null") : value;
    return 0;
}

static void free_value(void *value)
{
    json_decref(value);
}

/* Which resource each var reads from: the first one that is marked. */
static void index_marks(const struct resmap *m, struct map *out)
{
    for (size_t i = 0; i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);

        for (size_t k = 0; k < r->vars.len; k++)
            if (!map_has(out, r->vars.items[k]))
                map_set(out, r->vars.items[k], r);
    }
}

static int read_values(const struct vars *v, const struct resmap *m, struct map *values,
                       struct error **err)
{
    cleanup_map struct map marks = {0};
    struct map_entry *e;
    size_t it = 0;

    index_marks(m, &marks);
    while ((e = map_next(&v->paths, &it))) {
        const struct resource *r = map_find(&marks, e->key);
        json_t *value = NULL;

        if (!r)
            return error_set(err, ERROR_INVALID,
                             "var '%s' cannot be mapped to a field in the set of known resources; "
                             "check its objref",
                             e->key);
        if (read_value(r, e->key, e->value, &value, err) < 0)
            return -1;
        map_set(values, e->key, value);
    }
    return 0;
}

int vars_resolve(const struct vars *v, struct resmap *m, const struct field_config *config,
                 struct error **err)
{
    struct map values = {0};
    int rc;

    if (!v->paths.count)
        return 0;
    rc = read_values(v, m, &values, err);
    for (size_t i = 0; i < m->items.len && rc == 0; i++)
        rc = fieldspecs_apply(&config->var_reference, resmap_at(m, i)->object, CREATE_NOTHING,
                              vars_expand, &values, err);
    map_clear_with(&values, free_value);
    return rc;
}
