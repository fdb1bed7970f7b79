/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whole: atomic values: a list without keys, a selector, a reference. fieldsV1 names only
 * the whole. Nobody can change a part of it without taking over the ownership of all, so only two
 * things differ from what is declared: what we declared earlier, and defaults of the server.
 */
#include "daemon/compare/walk.h"
#include "lib/base/mem.h"

bool whole_is_closed_map(const struct place *at)
{
    static const char *const names[] = {"selector",    "nodeSelector", "podSelector",
                                        "matchLabels", "parameters",   "namespaceSelector",
                                        "labels",      "annotations",  "labelSelector"};

    if (kube_type_shape(at->type) != KUBE_ANY)
        return kube_type_shape(at->type) == KUBE_MAP;
    for (size_t i = 0; at->field && i < ARRAY_LEN(names); i++)
        if (streq(at->field, names[i]))
            return true;
    return false;
}

/* What the API server fills in inside atomic values of its own kinds. Source: the defaults.go
 * files of kubernetes/pkg/apis. */
static bool is_default(const char *field, const json_t *value)
{
    static const struct {
        const char *field;
        const char *value; /* compact JSON */
    } defaults[] = {
        {"apiVersion", "\"v1\""},                      /* fieldRef, volumeClaimTemplates */
        {"kind", "\"PersistentVolumeClaim\""},         /* volumeClaimTemplates */
        {"volumeMode", "\"Filesystem\""},              /* volumeClaimTemplates */
        {"status", "\"True\""},                        /* onPodConditions */
        {"status", "{\"phase\":\"Pending\"}"},         /* volumeClaimTemplates */
        {"resources", "{}"},                           /* printed though empty */
        {"metadata", "{}"},                            /* printed though empty */
        {"divisor", "\"0\""},                          /* resourceFieldRef */
        {"protocol", "\"TCP\""},                       /* ports of NetworkPolicy, EndpointSlice */
        {"name", "\"\""},                              /* ports of EndpointSlice */
        {"conditions", "{}"},                          /* endpoints of EndpointSlice */
        {"scope", "\"*\""},                            /* rules of admission webhooks */
        {"scope", "\"Cluster\""},                      /* parameters of IngressClass */
        {"expirationSeconds", "3600"},                 /* projected service account token */
        {"maxExpirationSeconds", "86400"},             /* projected Pod certificate */
        {"apiGroup", "\"rbac.authorization.k8s.io\""}, /* subjects, roleRef */
        {"metrics",
         "[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":"
         "{\"type\":\"Utilization\",\"averageUtilization\":80}}}]"}, /* autoscaler, if none */
    };
    cleanup_free char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    if (json_is_null(value))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
        if (streq(field, defaults[i].field) && streq(text, defaults[i].value))
            return true;
    return false;
}

/* A LimitRange's defaults follow from its other fields. */
static bool is_derived(const struct comparison *c, const struct place *at, const char *field)
{
    return streq(c->kind, "LimitRange") &&
           (streq(field, "default") || streq(field, "defaultRequest") ||
            streq(at->field, "default") || streq(at->field, "defaultRequest"));
}

/*
 * A field that is not declared stands in an atomic value that is ours: we declared it earlier, or
 * it is a default. Those of built-in kinds are known, and none is a list with items.
 */
static void judge_extra(struct comparison *c, const struct place *at, const json_t *value)
{
    bool closed = whole_is_closed_map(at->up);

    if (c->builtin &&
        (is_derived(c, at->up, at->field) || (!closed && is_default(at->field, value))))
        return;
    walk_found(c, at,
               closed || (c->builtin && json_is_array(value)) ? DRIFT_UNDECLARED : DRIFT_UNDECIDED);
}

static void compare_map(struct comparison *c, const struct place *at, const json_t *declared,
                        const json_t *live)
{
    const char *field;
    json_t *value;

    if (!is_nothing(live) && !json_is_object(live)) {
        walk_found(c, at, DRIFT_VALUE);
        return;
    }
    json_object_foreach ((json_t *)declared, field, value) {
        struct place here = {
            .up = at, .field = field, .is_part = true, .type = type_of_field(at->type, field)};

        if (!is_ignored_field(c, declared, live, field))
            whole_compare(c, &here, value, json_object_get(live, field));
    }
    json_object_foreach ((json_t *)live, field, value) {
        struct place here = {.up = at, .field = field, .is_part = true};

        if (!json_object_get(declared, field) && !is_ignored_field(c, declared, live, field))
            judge_extra(c, &here, value);
    }
}

/* The index of the next item that is not ignored. */
static size_t next_item(const struct comparison *c, const json_t *list, size_t index)
{
    while (index < json_array_size(list) && ignored_has_item(c->ignored, list, index))
        index++;
    return index;
}

static size_t count_items(const struct comparison *c, const json_t *list)
{
    size_t count = 0;

    if (!c->ignored)
        return json_array_size(list);
    for (size_t i = 0; (i = next_item(c, list, i)) < json_array_size(list); i++)
        count++;
    return count;
}

static void compare_list(struct comparison *c, const struct place *at, const json_t *declared,
                         const json_t *live)
{
    size_t there = 0;

    size_t count = count_items(c, declared);

    if ((!is_nothing(live) && !json_is_array(live)) || count_items(c, live) != count) {
        /* Some empty lists are filled. */
        if (count > 0 || !c->builtin)
            walk_found(c, at, DRIFT_VALUE);
        else if (!at->field || !is_default(at->field, live))
            walk_found(c, at, DRIFT_UNDECIDED);
        return;
    }
    for (size_t i = 0; (i = next_item(c, declared, i)) < json_array_size(declared); i++, there++) {
        struct place here = {
            .up = at, .index = i, .is_part = true, .type = kube_type_items(at->type)};

        there = next_item(c, live, there);
        whole_compare(c, &here, json_array_get(declared, i), json_array_get(live, there));
    }
}

void whole_compare(struct comparison *c, const struct place *at, const json_t *declared,
                   const json_t *live)
{
    if (json_is_null(declared))
        return;
    if (json_is_object(declared))
        compare_map(c, at, declared, live);
    else if (json_is_array(declared))
        compare_list(c, at, declared, live);
    else
        scalar_compare(c, at, declared, live);
}
