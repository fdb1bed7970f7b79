/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/reference.h"

#include "kustomize/json_text.h"
#include "kustomize/reference_index.h"

/* A field of a referring kind, and the kind that it names. */
struct reference_rule {
    const struct name_reference *target;
    const struct fieldspec *field;
    size_t place; /* among all rules */
};

struct rules {
    struct reference_rule *items;
    size_t len;
};

struct update {
    struct reference_index index;
    struct map rules;        /* referring kind ("": any): struct rules */
    const struct rules *any; /* of them */
};

/* One rule at work on one referrer. */
struct lookup {
    struct update *update;
    struct resource *referrer;
    const struct reference_rule *rule;
    const char *namespace; /* of the referrer; NULL when it is cluster-scoped: sees all */
    struct strvec others;  /* namespaces, as written, that a RoleBinding sees as well */
};

/* ---- which rules go for which kind ---- */

static void rule_add(struct update *u, const struct name_reference *target,
                     const struct fieldspec *field, size_t place)
{
    const char *kind = field->kind ? field->kind : "";
    struct rules *rules = map_find(&u->rules, kind);

    if (!rules) {
        rules = xcalloc(1, sizeof(*rules));
        map_set(&u->rules, kind, rules);
    }
    rules->items = xrealloc(rules->items, (rules->len + 1) * sizeof(*rules->items));
    rules->items[rules->len++] = (struct reference_rule){target, field, place};
}

static void rules_init(struct update *u, const struct field_config *config)
{
    size_t place = 0;

    for (size_t i = 0; i < config->reference_count; i++)
        for (size_t f = 0; f < config->references[i].referrers.len; f++)
            rule_add(u, &config->references[i], &config->references[i].referrers.items[f], place++);
    u->any = map_find(&u->rules, "");
}

static void free_rules(void *value)
{
    struct rules *rules = value;

    free(rules->items);
    free(rules);
}

/* ---- who is meant ---- */

static bool had_gvk(const struct resource *r, const char *group, const char *version,
                    const char *kind)
{
    for (size_t i = 0; i < r->previous_count; i++)
        if (gvk_is_selected(resource_api_version(r), r->previous[i].kind, group, version, kind))
            return true;
    return false;
}

/* A roleRef says itself which kind it means. */
static bool fits_role_ref(const struct lookup *l, const struct resource *r)
{
    const json_t *role_ref = json_object_get(l->referrer->object, "roleRef");
    const char *group = json_string_value(json_object_get(role_ref, "apiGroup"));
    const char *kind = json_string_value(json_object_get(role_ref, "kind"));

    if (!str_has_suffix(l->rule->field->path, "roleRef/name") || !group || !kind)
        return true;
    return had_gvk(r, group, NULL, kind);
}

/* kustomize takes the other namespaces of a RoleBinding as written: "default" is not "". */
static bool is_visible(const struct lookup *l, const struct resource *r)
{
    const char *namespace = resource_effective_namespace(r);

    return !l->namespace || streq(namespace, l->namespace) || streq(namespace, CLUSTER_NAMESPACE) ||
           strvec_has(&l->others, resource_namespace(r));
}

/* `wanted`: the namespace that stands beside the name, matched by the original or else by the
 * present namespace; NULL where none does. */
static bool fits(const struct lookup *l, const struct resource *r, const char *wanted,
                 bool wanted_is_original)
{
    const struct name_reference *target = l->rule->target;

    if (!had_gvk(r, target->group, target->version, target->kind) || !fits_role_ref(l, r) ||
        !is_visible(l, r))
        return false;
    if (!wanted)
        return true;
    return streq(wanted, wanted_is_original ? resource_original_namespace(r)
                                            : resource_effective_namespace(r));
}

static void add_group(const struct lookup *l, const char *name, enum namespace_of which,
                      const char *namespace, struct ptrvec *groups)
{
    struct candidates *c =
        reference_index_find(&l->update->index, name, l->rule->target->kind, which, namespace);

    if (c)
        ptrvec_push(groups, c);
}

static const char *effective(const char *namespace)
{
    return *namespace ? namespace : "default";
}

/* The other namespaces of a RoleBinding's ServiceAccount subjects. */
static void subject_namespaces(struct lookup *l)
{
    const struct resource *r = l->referrer;
    size_t i;
    json_t *subject;

    if (!l->namespace || !streq(resource_kind(r), "RoleBinding"))
        return;
    json_array_foreach (json_object_get(r->object, "subjects"), i, subject) {
        const char *namespace = json_string_value(json_object_get(subject, "namespace"));

        if (streq(json_string_at(subject, "kind"), "ServiceAccount") && namespace &&
            !streq(effective(namespace), l->namespace) && !strvec_has(&l->others, namespace))
            strvec_push(&l->others, namespace);
    }
}

/* Groups with all that the referrer can see under that name, and maybe more. */
static void visible_groups(const struct lookup *l, const char *name, const char *wanted,
                           bool wanted_is_original, struct ptrvec *groups)
{
    if (!l->namespace) {
        enum namespace_of which = !wanted              ? NAMESPACE_ANY
                                  : wanted_is_original ? NAMESPACE_ORIGINAL
                                                       : NAMESPACE_CURRENT;

        add_group(l, name, which, wanted, groups);
        return;
    }
    add_group(l, name, NAMESPACE_CURRENT, l->namespace, groups);
    add_group(l, name, NAMESPACE_CURRENT, CLUSTER_NAMESPACE, groups);
    if (!streq(l->rule->target->kind, "ServiceAccount"))
        return;
    for (size_t i = 0; i < l->others.len; i++)
        if (*l->others.items[i] || !strvec_has(&l->others, "default"))
            add_group(l, name, NAMESPACE_CURRENT, effective(l->others.items[i]), groups);
}

/* Does anything that the referrer can see come from that namespace? */
static bool is_original_namespace(const struct lookup *l, const char *namespace)
{
    struct reference_index *x = &l->update->index;

    if (streq(namespace, CLUSTER_NAMESPACE))
        return false;
    if (!l->namespace)
        return reference_index_has_namespace(x, namespace, NAMESPACE_ANY, NULL);
    if (reference_index_has_namespace(x, namespace, NAMESPACE_CURRENT, l->namespace))
        return true;
    for (size_t i = 0; i < l->others.len; i++)
        if (reference_index_has_namespace(x, namespace, NAMESPACE_WRITTEN, l->others.items[i]))
            return true;
    return false;
}

static void keep_affixes(struct ptrvec *v, const struct resource *referrer, bool allow_empty)
{
    size_t kept = 0;

    for (size_t i = 0; i < v->len; i++)
        if (resource_affixes_equal(v->items[i], referrer, allow_empty))
            v->items[kept++] = v->items[i];
    v->len = kept;
}

static bool are_alike(const struct ptrvec *v, bool with_namespace)
{
    for (size_t i = 1; i < v->len; i++) {
        if (!streq(resource_name(v->items[0]), resource_name(v->items[i])))
            return false;
        if (with_namespace &&
            !streq(resource_namespace(v->items[0]), resource_namespace(v->items[i])))
            return false;
    }
    return true;
}

static int is_ambiguous(const char *name, const struct ptrvec *v, struct error **err)
{
    cleanup_free char *a = resource_id_text(v->items[0]);
    cleanup_free char *b = resource_id_text(v->items[1]);

    return error_set(err, ERROR_INVALID,
                     "\"%s\" has multiple possible referrals: %s, %s; give them different names",
                     name, a, b);
}

/* Looks no further than needed to tell one from several. */
static size_t count_fitting(const struct lookup *l, const struct ptrvec *groups, const char *wanted,
                            bool wanted_is_original, struct resource **first)
{
    size_t count = 0;

    for (size_t g = 0; g < groups->len; g++) {
        const struct candidates *c = groups->items[g];

        for (size_t i = 0; i < c->all.len && count < 2; i++)
            if (fits(l, c->all.items[i], wanted, wanted_is_original) && count++ == 0)
                *first = c->all.items[i];
    }
    return count;
}

/* *out stays NULL where nothing that was renamed is meant. */
static int select_referral(const struct lookup *l, const char *name, const char *wanted,
                           bool with_namespace, struct resource **out, struct error **err)
{
    bool wanted_is_original = wanted && is_original_namespace(l, wanted);
    cleanup_ptrvec struct ptrvec groups = {0};
    cleanup_ptrvec struct ptrvec v = {0};
    size_t kept = 0;

    visible_groups(l, name, wanted, wanted_is_original, &groups);
    if (count_fitting(l, &groups, wanted, wanted_is_original, out) < 2)
        return 0;
    *out = NULL;
    for (size_t g = 0; g < groups.len; g++)
        candidates_collect(groups.items[g], l->referrer, &v);
    for (size_t i = 0; i < v.len; i++)
        if (fits(l, v.items[i], wanted, wanted_is_original))
            v.items[kept++] = v.items[i];
    v.len = kept;
    keep_affixes(&v, l->referrer, true);
    if (v.len > 1)
        keep_affixes(&v, l->referrer, false);
    if (v.len == 0)
        return 0;
    if (v.len > 1 && !are_alike(&v, with_namespace))
        return is_ambiguous(name, &v, err);
    *out = v.items[0];
    return 0;
}

/* ---- writing the name ---- */

static int set_scalar(const struct lookup *l, json_t *value, json_t **replacement,
                      struct error **err)
{
    cleanup_free char *name = json_scalar_text(value);
    struct resource *referral = NULL;

    if (!name)
        return 0;
    if (select_referral(l, name, NULL, false, &referral, err) < 0)
        return -1;
    if (referral && !streq(resource_name(referral), name))
        *replacement = json_string(resource_name(referral));
    return 0;
}

/* A map with a name, and maybe a namespace. */
static int set_mapping(const struct lookup *l, json_t *map, struct error **err)
{
    cleanup_free char *name = NULL;
    const json_t *namespace = json_object_get(map, "namespace");
    struct resource *referral = NULL;

    if (!json_object_get(map, "name"))
        return error_set(err, ERROR_INVALID, "no 'name' field in the map");
    name = json_scalar_text(json_object_get(map, "name"));
    if (!name)
        return 0;
    if (select_referral(l, name, namespace ? json_string_at(map, "namespace") : NULL, true,
                        &referral, err) < 0)
        return -1;
    if (!referral)
        return 0;
    json_object_set_new(map, "name", json_string(resource_name(referral)));
    if (*resource_namespace(referral))
        json_object_set_new(map, "namespace", json_string(resource_namespace(referral)));
    return 0;
}

static int set_list(const struct lookup *l, json_t *list, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        json_t *replacement = NULL;

        if (json_is_null(item))
            continue;
        if (json_is_array(item))
            return error_set(err, ERROR_INVALID, "item %zu must be a string or a map", i);
        if (json_is_object(item) ? set_mapping(l, item, err) < 0
                                 : set_scalar(l, item, &replacement, err) < 0)
            return -1;
        if (replacement)
            json_array_set_new(list, i, replacement);
    }
    return 0;
}

static int set_name(void *arg, json_t *value, json_t **replacement, struct error **err)
{
    switch (json_typeof(value)) {
    case JSON_NULL: return 0;
    case JSON_OBJECT: return set_mapping(arg, value, err);
    case JSON_ARRAY: return set_list(arg, value, err);
    default: return set_scalar(arg, value, replacement, err);
    }
}

static int apply_rule(struct lookup *l, const struct reference_rule *rule, struct error **err)
{
    struct resource *r = l->referrer;
    const struct fieldspec *fs = rule->field;

    if (!gvk_is_selected(resource_api_version(r), resource_original_kind(r), fs->group, fs->version,
                         fs->kind))
        return 0;
    l->rule = rule;
    return fieldspec_walk(r->object, fs->path, false, CREATE_NOTHING, set_name, l, err);
}

/* The rules for its kind and those for any kind, in the order of the configuration. */
static int apply_rules(struct lookup *l, struct error **err)
{
    static const struct rules none;
    const struct rules *own = map_find(&l->update->rules, resource_original_kind(l->referrer));
    const struct rules *any = l->update->any;
    size_t i = 0;
    size_t k = 0;

    own = own ? own : &none;
    any = any ? any : &none;
    while (i < own->len || k < any->len) {
        bool is_own = k == any->len || (i < own->len && own->items[i].place < any->items[k].place);

        if (apply_rule(l, is_own ? &own->items[i++] : &any->items[k++], err) < 0)
            return -1;
    }
    return 0;
}

static int update_references(struct update *u, struct resource *r, struct error **err)
{
    struct lookup l = {.update = u, .referrer = r};
    int rc;

    if (!resource_is_cluster_scoped(r))
        l.namespace = resource_effective_namespace(r);
    subject_namespaces(&l);
    rc = apply_rules(&l, err);
    strvec_clear(&l.others);
    return rc;
}

/* kustomize looks at these before all else. */
static int check_subjects(const struct resource *r, struct error **err)
{
    size_t i;
    json_t *subject;

    if (!streq(resource_kind(r), "RoleBinding") || resource_is_cluster_scoped(r))
        return 0;
    json_array_foreach (json_object_get(r->object, "subjects"), i, subject) {
        const json_t *namespace = json_object_get(subject, "namespace");

        if (namespace && !json_is_string(namespace) &&
            streq(json_string_at(subject, "kind"), "ServiceAccount"))
            return error_set(err, ERROR_INVALID,
                             "subjects[%zu].namespace of RoleBinding %s is blank; name a "
                             "namespace or remove the field",
                             i, resource_name(r));
    }
    return 0;
}

int references_update(struct resmap *m, const struct field_config *config, struct error **err)
{
    struct update u = {0};
    int rc = 0;

    reference_index_init(&u.index, m);
    rules_init(&u, config);
    for (size_t i = 0; i < m->items.len && rc == 0; i++) {
        struct resource *r = resmap_at(m, i);

        rc = check_subjects(r, err);
        if (rc == 0)
            rc = update_references(&u, r, err);
    }
    reference_index_clear(&u.index);
    map_clear_with(&u.rules, free_rules);
    return rc;
}
