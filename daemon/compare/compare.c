/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/compare.h"

#include "daemon/compare/walk.h"
#include "daemon/identity.h"
#include "lib/base/buf.h"

#include <ctype.h>

#define OWNED_NAME_BYTES 256

const char *drift_name(enum drift drift)
{
    switch (drift) {
    case DRIFT_NONE: return "none";
    case DRIFT_VALUE: return "value";
    case DRIFT_UNDECLARED: return "undeclared";
    case DRIFT_NOT_OURS: return "not ours";
    case DRIFT_ADOPT: return "adopt";
    }
    UNREACHABLE();
}

static bool is_plain_name(const char *s)
{
    for (const char *p = s; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_-$", *p))
            return false;
    return *s != '\0';
}

static void put_scalar(struct buf *out, const json_t *v)
{
    cleanup_free char *text = NULL;

    if (json_is_string(v)) {
        buf_puts(out, json_string_value(v));
        return;
    }
    text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    buf_puts(out, text ? text : "?");
}

static void put_item(struct buf *out, const struct place *at)
{
    const char *name, *separator = "";
    json_t *v;

    buf_putc(out, '[');
    if (!at->key)
        buf_printf(out, "%zu", at->index);
    else if (!json_is_object(at->key))
        put_scalar(out, at->key);
    else
        json_object_foreach ((json_t *)at->key, name, v) {
            buf_printf(out, "%s%s=", separator, name);
            put_scalar(out, v);
            separator = ",";
        }
    buf_putc(out, ']');
}

static void put_place(struct buf *out, const struct place *at)
{
    if (!at)
        return;
    put_place(out, at->up);
    if (!at->field)
        put_item(out, at);
    else if (is_plain_name(at->field))
        buf_printf(out, ".%s", at->field);
    else
        buf_printf(out, "[\"%s\"]", at->field);
}

enum drift walk_found(struct comparison *c, const struct place *at, enum drift drift)
{
    struct buf text = BUF_UNLIMITED;

    put_place(&text, at);
    *c->path = buf_take(&text);
    return drift;
}

static bool is_metadata(const struct place *at)
{
    return !at->up && streq(at->field, "metadata");
}

/* Fields that managedFields never names, because the server alone decides about them. */
static bool is_unmanaged(const struct place *up, const char *field)
{
    static const char *const of_metadata[] = {"name",          "namespace",         "uid",
                                              "selfLink",      "creationTimestamp", "generation",
                                              "managedFields", "resourceVersion"};

    if (!up)
        return streq(field, "apiVersion") || streq(field, "kind") || streq(field, "status");
    if (!is_metadata(up))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(of_metadata); i++)
        if (streq(field, of_metadata[i]))
            return true;
    return false;
}

/* The node of "f:FIELD"; `*name` is that key, as long as `owned` lives. */
static const json_t *owned_field(const json_t *owned, const char *field, const char **name)
{
    char small[OWNED_NAME_BYTES];
    cleanup_free char *large = NULL;
    const char *text = small;
    void *it;

    if ((size_t)snprintf(small, sizeof(small), "f:%s", field) >= sizeof(small)) {
        large = xasprintf("f:%s", field);
        text = large;
    }
    it = json_object_iter_at((json_t *)owned, text);
    *name = it ? json_object_iter_key(it) : NULL;
    return it ? json_object_iter_value(it) : NULL;
}

/* A field that we own and declare no more. `declared` may be NULL: nothing is declared. */
static enum drift find_undeclared(struct comparison *c, const struct place *at,
                                  const json_t *declared, const json_t *owned)
{
    const char *name;
    json_t *node;

    json_object_foreach ((json_t *)owned, name, node) {
        struct place here = {.up = at, .field = name + 2};

        if (str_has_prefix(name, "f:") && !json_object_get(declared, name + 2) &&
            !is_unmanaged(at, name + 2))
            return walk_found(c, &here, DRIFT_UNDECLARED);
    }
    return DRIFT_NONE;
}

static enum drift walk_map(struct comparison *c, const struct place *at, const json_t *declared,
                           const json_t *live, const json_t *owned)
{
    const char *field;
    json_t *value;

    if (!is_nothing(live) && !json_is_object(live))
        return walk_found(c, at, DRIFT_VALUE);
    if (at && json_object_size(owned) == 0 && !is_metadata(at))
        return whole_compare(c, at, declared, live);

    json_object_foreach ((json_t *)declared, field, value) {
        struct place here = {.up = at, .field = field};
        const json_t *node;
        enum drift drift;

        if (json_is_null(value) || is_unmanaged(at, field))
            continue;
        node = owned_field(owned, field, &here.owned);
        drift = walk_value(c, &here, value, json_object_get(live, field), node);
        if (drift != DRIFT_NONE)
            return drift;
    }
    return find_undeclared(c, at, declared, owned);
}

/* The node of `at` in another manager's fields; NULL means that it owns nothing there. */
static const json_t *node_at(const json_t *fields, const struct place *at)
{
    const json_t *up;
    const char *name;

    if (!at)
        return fields;
    up = node_at(fields, at->up);
    if (at->owned)
        return json_object_get(up, at->owned);
    return at->field ? owned_field(up, at->field, &name) : NULL;
}

enum others { OTHERS_NONE, OTHERS_PARTS, OTHERS_WHOLE };

/* Do other managers own parts of the value at `at`, or all of it as one? */
static enum others others_own(const struct comparison *c, const struct place *at)
{
    enum others result = OTHERS_NONE;
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)c->managers, i, entry) {
        const json_t *node = node_at(json_object_get(entry, "fieldsV1"), at);

        if (entry == c->ours || !node)
            continue;
        if (json_object_size(node) > 0)
            return OTHERS_PARTS;
        result = OTHERS_WHOLE;
    }
    return result;
}

/*
 * `{}` or `[]` is declared. Where the value is made of parts, it says nothing about the parts of
 * others, and it even loses its own mark in our fields when another manager adds the first part.
 * Where the value is atomic, it says that it must stay empty. There is no schema, but the fields of
 * whoever filled it show which it is.
 */
static enum drift walk_empty(struct comparison *c, const struct place *at, const json_t *declared,
                             const json_t *live, const json_t *owned)
{
    const char *name;
    json_t *node;

    json_object_foreach ((json_t *)owned, name, node) {
        struct place here = {.up = at, .field = name + 2};

        if (!str_has_prefix(name, "f:") && !str_has_prefix(name, "k:") &&
            !str_has_prefix(name, "v:"))
            continue;
        return walk_found(c, *name == 'f' ? &here : at, DRIFT_UNDECLARED);
    }
    if (is_nothing(live) || is_empty_container(live))
        return DRIFT_NONE;
    if (json_typeof(live) != json_typeof(declared))
        return walk_found(c, at, DRIFT_VALUE);
    switch (others_own(c, at)) {
    case OTHERS_PARTS: return DRIFT_NONE;
    case OTHERS_WHOLE: return walk_found(c, at, DRIFT_NOT_OURS);
    case OTHERS_NONE: break;
    }
    /* Nobody else filled it: it is what we declared earlier, or a default of the server. */
    if (owned && (json_is_array(live) || (at->field && whole_is_closed_map(at->field))))
        return walk_found(c, at, DRIFT_VALUE);
    return DRIFT_NONE;
}

enum drift walk_value(struct comparison *c, const struct place *at, const json_t *declared,
                      const json_t *live, const json_t *owned)
{
    if (is_empty_container(declared))
        return walk_empty(c, at, declared, live, owned);
    if (json_is_object(declared) && is_metadata(at)) /* not owned where it is but a name */
        return walk_map(c, at, declared, live, owned);
    if (!owned)
        return walk_found(c, at, DRIFT_NOT_OURS);
    if (json_is_object(declared))
        return walk_map(c, at, declared, live, owned);
    if (json_is_array(declared))
        return walk_list(c, at, declared, live, owned);
    return scalar_equal(c, at, declared, live) ? DRIFT_NONE : walk_found(c, at, DRIFT_VALUE);
}

static const json_t *find_our_entry(const json_t *managers)
{
    size_t i;
    json_t *entry;

    json_array_foreach ((json_t *)managers, i, entry)
        if (streq(object_string(entry, "manager"), FIELD_MANAGER) &&
            streq(object_string(entry, "operation"), "Apply") &&
            !*object_string(entry, "subresource"))
            return entry;
    return NULL;
}

/* API groups whose defaulting inside atomic values whole.c knows. */
static bool is_builtin(const char *api_version)
{
    static const char *const groups[] = {
        "v1",
        "apps/",
        "batch/",
        "autoscaling/",
        "policy/",
        "networking.k8s.io/",
        "storage.k8s.io/",
        "rbac.authorization.k8s.io/",
        "node.k8s.io/",
        "scheduling.k8s.io/",
        "coordination.k8s.io/",
        "discovery.k8s.io/",
        "apiextensions.k8s.io/",
        "apiregistration.k8s.io/",
        "admissionregistration.k8s.io/",
    };

    if (streq(api_version, groups[0]))
        return true;
    for (size_t i = 1; i < ARRAY_LEN(groups); i++)
        if (str_has_prefix(api_version, groups[i]))
            return true;
    return false;
}

enum drift compare_objects(const json_t *desired, const json_t *live, char **path)
{
    const json_t *managers = json_object_get(json_object_get(live, "metadata"), "managedFields");
    const char *api_version = object_string(desired, "apiVersion");
    struct comparison c = {
        .kind = object_string(desired, "kind"),
        .managers = managers,
        .ours = find_our_entry(managers),
        .builtin = is_builtin(api_version),
        .path = path,
    };

    *path = NULL;
    if (!c.ours)
        return DRIFT_ADOPT;
    if (!streq(object_string(c.ours, "apiVersion"), api_version)) {
        struct place at = {.field = "apiVersion"};

        return walk_found(&c, &at, DRIFT_UNDECLARED);
    }
    return walk_map(&c, NULL, desired, live, json_object_get(c.ours, "fieldsV1"));
}
