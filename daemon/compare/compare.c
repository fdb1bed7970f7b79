/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/compare.h"

#include "daemon/compare/walk.h"
#include "daemon/identity.h"

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

/* Fields that we own and declare no more. */
static void find_undeclared(struct comparison *c, const struct place *at, const json_t *declared,
                            const json_t *live, const json_t *owned)
{
    const char *name;
    json_t *node;

    json_object_foreach ((json_t *)owned, name, node) {
        struct place here = {.up = at, .field = name + 2, .owned = name};

        if (str_has_prefix(name, "f:") && !json_object_get(declared, name + 2) &&
            !is_unmanaged(at, name + 2) && !is_ignored_field(c, declared, live, name + 2))
            walk_found(c, &here, DRIFT_UNDECLARED);
    }
}

static void walk_map(struct comparison *c, const struct place *at, const json_t *declared,
                     const json_t *live, const json_t *owned)
{
    const char *field;
    json_t *value;

    if (!is_nothing(live) && !json_is_object(live)) {
        walk_found(c, at, DRIFT_VALUE);
        return;
    }
    if (at && json_object_size(owned) == 0 && !is_metadata(at)) {
        whole_compare(c, at, declared, live);
        return;
    }
    json_object_foreach ((json_t *)declared, field, value) {
        struct place here = {.up = at, .field = field};
        const json_t *node;

        if (json_is_null(value) || is_unmanaged(at, field) ||
            is_ignored_field(c, declared, live, field))
            continue;
        node = managers_field(owned, field, &here.owned);
        walk_value(c, &here, value, json_object_get(live, field), node);
    }
    find_undeclared(c, at, declared, live, owned);
}

/*
 * `{}` or `[]` is declared. Where the value is made of parts, it says nothing about the parts of
 * others, and it even loses its own mark in our fields when another manager adds the first part.
 * Where the value is atomic, it says that it must stay empty. There is no schema, but the fields of
 * whoever filled it show which it is.
 */
static void walk_empty(struct comparison *c, const struct place *at, const json_t *declared,
                       const json_t *live, const json_t *owned)
{
    const char *name;
    json_t *node;
    bool has_parts = false;

    json_object_foreach ((json_t *)owned, name, node) {
        struct place here = {.up = at, .field = name + 2, .owned = name};

        if (*name == '.' || is_ignored_field(c, declared, live, name + 2))
            continue;
        has_parts = true;
        walk_found(c, *name == 'f' ? &here : at, DRIFT_UNDECLARED);
    }
    if (has_parts || is_nothing(live) || is_empty_container(live))
        return;
    if (json_typeof(live) != json_typeof(declared)) {
        walk_found(c, at, DRIFT_VALUE);
        return;
    }
    switch (managers_own(c, at)) {
    case OTHERS_PARTS: return;
    case OTHERS_WHOLE: walk_found(c, at, DRIFT_NOT_OURS); return;
    case OTHERS_NONE: break;
    }
    /* Nobody else filled it: it is what we declared earlier, or a default of the server. */
    if (owned && (json_is_array(live) || (at->field && whole_is_closed_map(at->field))))
        walk_found(c, at, DRIFT_VALUE);
}

void walk_value(struct comparison *c, const struct place *at, const json_t *declared,
                const json_t *live, const json_t *owned)
{
    if (is_empty_container(declared))
        walk_empty(c, at, declared, live, owned);
    else if (json_is_object(declared) && is_metadata(at)) /* not owned where it is but a name */
        walk_map(c, at, declared, live, owned);
    else if (!owned)
        walk_found(c, at, DRIFT_NOT_OURS);
    else if (json_is_object(declared))
        walk_map(c, at, declared, live, owned);
    else if (json_is_array(declared))
        walk_list(c, at, declared, live, owned);
    else
        scalar_compare(c, at, declared, live);
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

enum drift compare_objects(const struct compare_input *in, struct drifts *out)
{
    const json_t *managers =
        json_object_get(json_object_get(in->live, "metadata"), "managedFields");
    const char *api_version = object_string(in->desired, "apiVersion");
    struct comparison c = {
        .kind = object_string(in->desired, "kind"),
        .managers = managers,
        .ours = managers_find_ours(managers),
        .ignored = in->ignored,
        .builtin = is_builtin(api_version),
        .out = out,
    };

    if (!c.ours)
        return DRIFT_ADOPT;
    if (!streq(object_string(c.ours, "apiVersion"), api_version)) {
        struct place at = {.field = "apiVersion"};

        walk_found(&c, &at, DRIFT_UNDECLARED);
        return c.worst;
    }
    walk_map(&c, NULL, in->desired, in->live, json_object_get(c.ours, "fieldsV1"));
    return c.worst;
}
