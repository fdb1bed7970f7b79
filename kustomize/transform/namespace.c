/* SPDX-License-Identifier: Apache-2.0 */
/* namespace: into metadata, and into those other fields that follow it. */
#include "kustomize/cell.h"
#include "kustomize/json_text.h"
#include "kustomize/plugin_fields.h"
#include "kustomize/transform/transform.h"

enum subject_mode { SUBJECTS_DEFAULT, SUBJECTS_ALL_SERVICE_ACCOUNTS, SUBJECTS_NONE };

struct namespace_change {
    const char *namespace;
    const struct fieldspecs *specs;
    bool unset_only; /* what has a namespace keeps it */
    enum subject_mode subjects;
};

static int set_namespace(void *arg, json_t *value, json_t **replacement, struct error **err)
{
    const struct namespace_change *c = arg;
    cleanup_free char *text = NULL;

    if (json_is_object(value) || json_is_array(value))
        return error_set(err, ERROR_INVALID, "namespace field specs must target scalars");
    text = cell_text(value);
    if (c->unset_only && !json_is_null(value) && *text)
        return 0;
    *replacement = json_string(c->namespace);
    return 0;
}

static bool subject_follows(const json_t *subject, enum subject_mode mode)
{
    if (mode == SUBJECTS_ALL_SERVICE_ACCOUNTS)
        return streq(json_string_at(subject, "kind"), "ServiceAccount");
    return mode == SUBJECTS_DEFAULT && streq(json_string_at(subject, "name"), "default");
}

static int set_subjects(json_t *object, struct namespace_change *c, struct error **err)
{
    size_t i;
    json_t *subject;

    json_array_foreach (json_object_get(object, "subjects"), i, subject)
        if (subject_follows(subject, c->subjects) &&
            fieldspec_walk(subject, "namespace", true, CREATE_SCALAR, set_namespace, c, err) < 0)
            return error_wrap(err, "subjects of a role binding");
    return 0;
}

static bool is_role_binding(const char *kind)
{
    return streq(kind, "RoleBinding") || streq(kind, "ClusterRoleBinding");
}

/* metadata is taken care of by kind and scope, whatever the specs say. */
static bool spec_is_needed(const struct fieldspec *fs, const struct resource *r)
{
    if (!fieldspec_matches(fs, r->object) || streq(fs->path, "metadata/namespace"))
        return false;
    if (streq(fs->path, "metadata/name") && !streq(resource_api_version(r), "v1"))
        return false;
    return !(is_role_binding(resource_kind(r)) && fs->kind && is_role_binding(fs->kind) &&
             streq(fs->path, "subjects/namespace"));
}

static int set_in_resource(struct resource *r, struct namespace_change *c, struct error **err)
{
    if (!resource_is_cluster_scoped(r) && fieldspec_walk(r->object, "metadata/namespace", true,
                                                         CREATE_SCALAR, set_namespace, c, err) < 0)
        return -1;
    if (is_role_binding(resource_kind(r)) && set_subjects(r->object, c, err) < 0)
        return -1;
    for (size_t i = 0; i < c->specs->len; i++) {
        const struct fieldspec *fs = &c->specs->items[i];

        if (spec_is_needed(fs, r) && fieldspec_walk(r->object, fs->path, fs->create, CREATE_SCALAR,
                                                    set_namespace, c, err) < 0)
            return -1;
    }
    return 0;
}

int namespace_set(struct resource *r, const char *namespace, struct error **err)
{
    static const struct fieldspecs none = {0};
    struct namespace_change c = {.namespace = namespace, .specs = &none};

    return set_in_resource(r, &c, err);
}

static int set_in_all(struct resmap *m, struct namespace_change *c, struct error **err)
{
    for (size_t i = 0; i < m->items.len; i++) {
        resource_store_previous_id(resmap_at(m, i));
        if (set_in_resource(resmap_at(m, i), c, err) < 0)
            return -1;
    }
    resmap_ids_changed(m);
    if (resmap_check_unique(m, err) < 0)
        return error_wrap(err, "namespace %s produces an ID conflict", c->namespace);
    return 0;
}

int namespace_apply(struct transform *t, const json_t *field, struct error **err)
{
    struct namespace_change c = {
        .namespace = json_string_value(field),
        .specs = &t->config->namespace,
    };

    return set_in_all(t->resources, &c, err);
}

static int subject_mode_parse(const char *text, enum subject_mode *out, struct error **err)
{
    if (!*text || streq(text, "defaultOnly"))
        *out = SUBJECTS_DEFAULT;
    else if (streq(text, "allServiceAccounts"))
        *out = SUBJECTS_ALL_SERVICE_ACCOUNTS;
    else if (streq(text, "none"))
        *out = SUBJECTS_NONE;
    else
        return error_set(err, ERROR_INVALID,
                         "setRoleBindingSubjects is \"%s\"; it must be defaultOnly, none or "
                         "allServiceAccounts",
                         text);
    return 0;
}

int namespace_plugin(struct transform *t, const json_t *config, struct error **err)
{
    static const struct field namespace_fields[] = {
        {"metadata", FIELD_OBJECT, metadata_fields},
        {"fieldSpecs", FIELD_OBJECTS, fieldspec_fields},
        {"unsetOnly", FIELD_BOOL, NULL},
        {"setRoleBindingSubjects", FIELD_STRING, NULL},
        {NULL, FIELD_STRING, NULL},
    };
    cleanup_json json_t *fields = NULL;
    cleanup_fieldspec_list struct fieldspec_list list = {0};
    struct fieldspecs specs;
    struct namespace_change c = {.specs = &specs};

    if (plugin_fields_read(config, namespace_fields, &fields, err) < 0 ||
        subject_mode_parse(json_string_at(fields, "setRoleBindingSubjects"), &c.subjects, err) < 0)
        return -1;
    fieldspecs_read(json_object_get(fields, "fieldSpecs"), &list);
    specs = fieldspec_list_view(&list);
    c.namespace = json_string_at(json_object_get(fields, "metadata"), "namespace");
    c.unset_only = json_is_true(json_object_get(fields, "unsetOnly"));
    return *c.namespace ? set_in_all(t->resources, &c, err) : 0;
}
