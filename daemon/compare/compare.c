/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/compare.h"

#include "daemon/compare/walk.h"
#include "daemon/object/identity.h"

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

/* Is a map, of which `owned` is our node, owned as one value? Of a custom kind with a schema, a map
 * that this says nothing about is made of parts. */
static bool is_whole_map(const struct comparison *c, const struct kube_type *type,
                         const json_t *owned)
{
    switch (kube_type_shape(type)) {
    case KUBE_STRUCT:
    case KUBE_MAP: return kube_type_is_atomic(type);
    default: return json_object_size(owned) == 0 && (c->builtin || !c->type);
    }
}

/* The controller of aggregated ClusterRoles writes what is declared over. */
static bool is_of_controller(const struct comparison *c, const struct place *up, const char *field)
{
    return !up && c->aggregated && streq(field, "rules");
}

static void walk_map(struct comparison *c, const struct place *at, const json_t *declared,
                     const json_t *live, const json_t *owned)
{
    const struct kube_type *type = at ? at->type : c->type;
    const char *field;
    json_t *value;

    if (!is_nothing(live) && !json_is_object(live)) {
        walk_found(c, at, DRIFT_VALUE);
        return;
    }
    if (at && !is_metadata(at) && is_whole_map(c, at->type, owned)) {
        whole_compare(c, at, declared, live);
        return;
    }
    json_object_foreach ((json_t *)declared, field, value) {
        struct place here = {.up = at, .field = field, .type = type_of_field(type, field)};
        const json_t *node;

        if (json_is_null(value) || is_unmanaged(at, field) || is_of_controller(c, at, field) ||
            is_ignored_field(c, declared, live, field))
            continue;
        node = managers_field(owned, field, &here.owned);
        walk_value(c, &here, value, json_object_get(live, field), node);
    }
    find_undeclared(c, at, declared, live, owned);
}

static bool is_known(const struct kube_type *type)
{
    return kube_type_shape(type) != KUBE_ANY;
}

/* Is a value of this type known to be owned, and changed, as one? */
static bool is_whole(const struct kube_type *type)
{
    switch (kube_type_shape(type)) {
    case KUBE_STRUCT:
    case KUBE_MAP: return kube_type_is_atomic(type);
    case KUBE_LIST: return kube_type_list_type(type) == KUBE_LIST_ATOMIC;
    default: return false;
    }
}

/* `{}` or `[]` is declared, and there are parts that we own nevertheless. */
static bool find_parts(struct comparison *c, const struct place *at, const json_t *declared,
                       const json_t *live, const json_t *owned)
{
    const char *name;
    json_t *node;
    bool any = false;

    json_object_foreach ((json_t *)owned, name, node) {
        struct place here = {.up = at, .field = name + 2, .owned = name};

        if (*name == '.' || is_ignored_field(c, declared, live, name + 2))
            continue;
        any = true;
        walk_found(c, *name == 'f' ? &here : at, DRIFT_UNDECLARED);
    }
    return any;
}

/* `[]` without a mark of ours: right where items have keys, a loss where the list is one value. */
static void walk_unowned_list(struct comparison *c, const struct place *at)
{
    if (kube_type_shape(at->type) == KUBE_LIST) {
        if (is_whole(at->type))
            walk_found(c, at, DRIFT_NOT_OURS);
        return;
    }
    switch (managers_own(c, at)) {
    case OTHERS_PARTS: return;
    case OTHERS_WHOLE: walk_found(c, at, DRIFT_NOT_OURS); return;
    case OTHERS_NONE: walk_found(c, at, DRIFT_UNDECIDED); return;
    }
}

/* A custom resource keeps what is empty, but in metadata: its own, and that of a resource within
 * (x-kubernetes-embedded-resource). */
static bool keeps_empty(const struct comparison *c, const struct place *at)
{
    if (c->builtin)
        return false;
    for (; at; at = at->up)
        if (streq(at->field, "metadata"))
            return false;
    return true;
}

/*
 * `{}` or `[]` is declared. Where the value is made of parts, it says nothing about the parts of
 * others. Where it is one value, it must stay empty. We own each but a list of parts by a mark
 * of its own, and lose that to whoever adds the first part.
 */
static void walk_empty(struct comparison *c, const struct place *at, const json_t *declared,
                       const json_t *live, const json_t *owned)
{
    if (find_parts(c, at, declared, live, owned))
        return;
    if (!is_nothing(live) && json_typeof(live) != json_typeof(declared))
        walk_found(c, at, DRIFT_VALUE);
    else if (is_nothing(live) && keeps_empty(c, at) && (owned || json_is_array(declared)))
        walk_found(c, at, DRIFT_UNDECIDED);
    else if (!owned && json_is_array(declared))
        walk_unowned_list(c, at);
    else if (!owned)
        walk_found(c, at, DRIFT_NOT_OURS);
    else if (is_whole(at->type) || (json_is_array(live) && !is_known(at->type)))
        whole_compare(c, at, declared, live);
    else if (!is_nothing(live) && !is_known(at->type) && whole_is_closed_map(at) &&
             json_object_size(live) > 0 && managers_own(c, at) == OTHERS_NONE)
        walk_found(c, at, DRIFT_UNDECIDED); /* what we declared before, if it is one value */
}

/* Is there an ignored place in this value? Whoever changed it there took an atomic value as a
 * whole, or parts that count for nothing. */
static bool holds_ignored(const struct comparison *c, const json_t *value)
{
    const char *field;
    size_t i;
    json_t *v;

    if (!c->ignored || ignored_has_any(c->ignored, value))
        return c->ignored != NULL;
    json_object_foreach ((json_t *)value, field, v)
        if (holds_ignored(c, v))
            return true;
    json_array_foreach ((json_t *)value, i, v)
        if (holds_ignored(c, v))
            return true;
    return false;
}

/* Is nothing declared but containers without content? Then there may be nothing to own. */
static bool is_hollow(const json_t *declared)
{
    const char *field;
    json_t *value;

    json_object_foreach ((json_t *)declared, field, value)
        if (!is_empty_container(value) && !is_hollow(value))
            return false;
    return json_is_object(declared);
}

void walk_value(struct comparison *c, const struct place *at, const json_t *declared,
                const json_t *live, const json_t *owned)
{
    if (is_empty_container(declared))
        walk_empty(c, at, declared, live, owned);
    else if (json_is_object(declared) && is_metadata(at)) /* not owned where it is but a name */
        walk_map(c, at, declared, live, owned);
    else if (!owned && is_hollow(declared) && !is_whole(at->type) &&
             managers_own(c, at) != OTHERS_WHOLE)
        walk_map(c, at, declared, live, owned);
    else if (!owned && !holds_ignored(c, declared) && !holds_ignored(c, live))
        walk_found(c, at, DRIFT_NOT_OURS);
    else if (json_is_object(declared))
        walk_map(c, at, declared, live, owned);
    else if (json_is_array(declared))
        walk_list(c, at, declared, live, owned);
    else
        scalar_compare(c, at, declared, live);
}

bool walk_is_builtin(const char *api_version)
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

static bool is_aggregated(const struct compare_input *in)
{
    return streq(object_string(in->desired, "kind"), "ClusterRole") &&
           (json_object_get(in->desired, "aggregationRule") ||
            (in->ignore_aggregated_roles && json_object_get(in->live, "aggregationRule")));
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
        .type = in->type,
        .builtin = walk_is_builtin(api_version),
        .aggregated = is_aggregated(in),
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
