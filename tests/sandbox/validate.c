/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/validate.h"

#include "tests/sandbox/refusal.h"
#include "tests/sandbox/schema_custom.h"
#include "tests/sandbox/store.h"
#include "tests/sandbox/validate_meta.h"

#define PRIORITY_MAX 1000000000

#define SUBDOMAIN_MAX 253
#define LABEL_MAX 63

/* ---- names ---- */

static bool is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* RFC 1123: lower case letters, digits and '-', and with `dots` several such labels. */
static bool is_dns_name(const char *name, bool dots)
{
    size_t len = strlen(name);

    if (len == 0 || len > (dots ? SUBDOMAIN_MAX : LABEL_MAX))
        return false;
    for (size_t i = 0; i < len; i++) {
        bool edge = i == 0 || i == len - 1 || name[i - 1] == '.' || name[i + 1] == '.';

        if (is_lower_alnum(name[i]) || (name[i] == '-' && !edge) ||
            (name[i] == '.' && dots && !edge))
            continue;
        return false;
    }
    return true;
}

/* RBAC's names are parts of a path. */
static bool is_path_segment(const char *name)
{
    return *name && !streq(name, ".") && !streq(name, "..") && !strpbrk(name, "/%");
}

static void check_name(const struct kind *kind, const char *name, json_t *causes)
{
    bool is_label =
        !*kind->group && (streq(kind->kind, "Namespace") || streq(kind->kind, "Service"));
    bool is_role = streq(kind->group, "rbac.authorization.k8s.io");

    if (is_role ? is_path_segment(name) : is_dns_name(name, !is_label))
        return;
    if (is_role)
        cause_add(causes, "FieldValueInvalid", "metadata.name",
                  "\"%s\": may not contain '/' or '%%', and not be '.' or '..'", name);
    else if (is_label)
        cause_add(causes, "FieldValueInvalid", "metadata.name",
                  "\"%s\": a lowercase RFC 1123 label must consist of lower case alphanumeric "
                  "characters or '-', and must start and end with an alphanumeric character (e.g. "
                  "'my-name',  or '123-abc', regex used for validation is "
                  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
                  name);
    else
        cause_add(causes, "FieldValueInvalid", "metadata.name",
                  "\"%s\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
                  "characters, '-' or '.', and must start and end with an alphanumeric character "
                  "(e.g. 'example.com', regex used for validation is "
                  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                  name);
}

/* ---- what must be there ---- */

static const json_t *at(const json_t *object, const char *path)
{
    cleanup_free char *copy = xstrdup(path);
    char *rest = copy, *name;

    while ((name = strsep(&rest, ".")))
        object = json_object_get(object, name);
    return object;
}

static bool is_void(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_string(value) && !json_string_length(value)) ||
           (json_is_array(value) && !json_array_size(value)) ||
           (json_is_object(value) && !json_object_size(value));
}

static const struct {
    const char *kind;
    const char *field;
} required[] = {
    {"Deployment", "spec.selector"},
    {"Deployment", "spec.template.spec.containers"},
    {"StatefulSet", "spec.selector"},
    {"StatefulSet", "spec.template.spec.containers"},
    {"DaemonSet", "spec.selector"},
    {"DaemonSet", "spec.template.spec.containers"},
    {"ReplicaSet", "spec.selector"},
    {"ReplicaSet", "spec.template.spec.containers"},
    {"Job", "spec.template.spec.containers"},
    {"CronJob", "spec.schedule"},
    {"CronJob", "spec.jobTemplate.spec.template.spec.containers"},
    {"Pod", "spec.containers"},
    {"PersistentVolumeClaim", "spec.accessModes"},
    {"RoleBinding", "roleRef.name"},
    {"ClusterRoleBinding", "roleRef.name"},
    {"HorizontalPodAutoscaler", "spec.maxReplicas"},
    {"HorizontalPodAutoscaler", "spec.scaleTargetRef.name"},
    {"StorageClass", "provisioner"},
};

static void check_required(const struct kind *kind, const json_t *object, json_t *causes)
{
    for (size_t i = 0; i < ARRAY_LEN(required); i++)
        if (streq(required[i].kind, kind->kind) && is_void(at(object, required[i].field)))
            cause_add(causes, "FieldValueRequired", required[i].field, "%s", "");
}

/* The Pods of a template must be those that the selector finds. */
static void check_selector(const struct kind *kind, const json_t *object, json_t *causes)
{
    const json_t *wanted = at(object, "spec.selector.matchLabels");
    const json_t *labels = at(object, "spec.template.metadata.labels");
    const char *key;
    json_t *value;

    if (!streq(kind->group, "apps") && !streq(kind->kind, "Job"))
        return;
    json_object_foreach ((json_t *)wanted, key, value) {
        if (!json_equal(json_object_get(labels, key), value)) {
            cleanup_free char *text = labels ? json_dumps(labels, JSON_SORT_KEYS) : xstrdup("null");

            cause_add(causes, "FieldValueInvalid", "spec.template.metadata.labels",
                      "%s: `selector` does not match template `labels`", text);
            return;
        }
    }
}

static void check_containers(const struct kind *kind, const json_t *object, json_t *causes)
{
    const char *where =
        streq(kind->kind, "Pod") ? "spec.containers" : "spec.template.spec.containers";
    size_t i;
    json_t *container;

    if (!streq(kind->group, "apps") && !streq(kind->kind, "Job") && !streq(kind->kind, "Pod"))
        return;
    json_array_foreach ((json_t *)at(object, where), i, container) {
        static const char *const fields[] = {"name", "image"};

        for (size_t k = 0; k < ARRAY_LEN(fields); k++)
            if (is_void(json_object_get(container, fields[k]))) {
                cleanup_free char *field = xasprintf("%s[%zu].%s", where, i, fields[k]);

                cause_add(causes, "FieldValueRequired", field, "%s", "");
            }
    }
}

static void check_ports(const struct kind *kind, const json_t *object, json_t *causes)
{
    size_t i;
    json_t *port;

    if (!streq(kind->kind, "Service") || *kind->group)
        return;
    if (is_void(at(object, "spec.ports")) &&
        !streq(json_string_value(at(object, "spec.clusterIP")), "None") &&
        !streq(json_string_value(at(object, "spec.type")), "ExternalName"))
        cause_add(causes, "FieldValueRequired", "spec.ports", "%s", "");
    json_array_foreach ((json_t *)at(object, "spec.ports"), i, port) {
        json_int_t number = json_integer_value(json_object_get(port, "port"));
        cleanup_free char *field = xasprintf("spec.ports[%zu].port", i);

        if (number < 1 || number > 65535)
            cause_add(causes, "FieldValueInvalid", field,
                      "%lld: must be between 1 and 65535, inclusive", (long long)number);
    }
}

static void check_job(const struct kind *kind, const json_t *object, json_t *causes)
{
    const char *policy;

    if (!streq(kind->kind, "Job"))
        return;
    policy = json_string_value(at(object, "spec.template.spec.restartPolicy"));
    if (streq(policy, "Always"))
        cause_add(causes, "FieldValueNotSupported", "spec.template.spec.restartPolicy",
                  "\"Always\": supported values: \"OnFailure\", \"Never\"");
}

static void check_replicas(const json_t *object, json_t *causes)
{
    const json_t *replicas = at(object, "spec.replicas");

    if (json_is_integer(replicas) && json_integer_value(replicas) < 0)
        cause_add(causes, "FieldValueInvalid", "spec.replicas",
                  "%lld: must be greater than or equal to 0",
                  (long long)json_integer_value(replicas));
}

/* What is higher is the system's own. */
static void check_priority(const struct kind *kind, const json_t *object, json_t *causes)
{
    if (streq(kind->kind, "PriorityClass") &&
        json_integer_value(at(object, "value")) > PRIORITY_MAX &&
        !str_has_prefix(object_meta(object, "name"), "system-"))
        cause_add(causes, "FieldValueForbidden", "value",
                  "maximum allowed value of a user defined priority is %d", PRIORITY_MAX);
}

static void check_object(const struct kind *kind, const json_t *object, json_t *causes)
{
    validate_meta(object, causes);
    validate_keys(kind, object, causes);
    if (kind_is_custom(kind)) {
        schema_custom_validate(kind, object, causes);
        return;
    }
    check_required(kind, object, causes);
    check_selector(kind, object, causes);
    check_containers(kind, object, causes);
    check_ports(kind, object, causes);
    check_job(kind, object, causes);
    check_replicas(object, causes);
    check_priority(kind, object, causes);
}

static int refuse_causes(const struct kind *kind, const json_t *object, json_t *causes,
                         json_t **refused)
{
    if (json_array_size(causes) > 0)
        return refuse_invalid(refused, kind, object_meta(object, "name"), causes);
    json_decref(causes);
    return 0;
}

int validate_new(const struct kind *kind, const json_t *object, json_t **refused)
{
    json_t *causes = json_array();

    check_name(kind, object_meta(object, "name"), causes);
    check_object(kind, object, causes);
    return refuse_causes(kind, object, causes, refused);
}

/* ---- what may not change ---- */

static const struct {
    const char *kind;
    const char *field;
} immutable[] = {
    {"Deployment", "spec.selector"},
    {"ReplicaSet", "spec.selector"},
    {"DaemonSet", "spec.selector"},
    {"Job", "spec.template"},
    {"Job", "spec.selector"},
    {"Job", "spec.completionMode"},
    {"Secret", "type"},
    {"StorageClass", "provisioner"},
    {"StorageClass", "parameters"},
    {"StorageClass", "reclaimPolicy"},
    {"PriorityClass", "value"},
    {"PersistentVolumeClaim", "spec.accessModes"},
    {"PersistentVolumeClaim", "spec.storageClassName"},
};

static void check_immutable(const struct kind *kind, const json_t *old, const json_t *object,
                            json_t *causes)
{
    for (size_t i = 0; i < ARRAY_LEN(immutable); i++) {
        const json_t *before = at(old, immutable[i].field), *after = at(object, immutable[i].field);

        if (!streq(immutable[i].kind, kind->kind) || before == after || json_equal(before, after))
            continue;
        if (!before && streq(kind->kind, "PersistentVolumeClaim"))
            continue; /* the cluster's own class */
        cleanup_free char *text = json_dumps(after, JSON_ENCODE_ANY | JSON_SORT_KEYS);

        cause_add(causes, "FieldValueInvalid", immutable[i].field, "%s: field is immutable",
                  text ? text : "null");
    }
}

static void check_frozen(const struct kind *kind, const json_t *old, const json_t *object,
                         json_t *causes)
{
    static const char *const fields[] = {"data", "binaryData"};

    if ((!streq(kind->kind, "ConfigMap") && !streq(kind->kind, "Secret")) ||
        !json_is_true(json_object_get(old, "immutable")))
        return;
    if (!json_is_true(json_object_get(object, "immutable")))
        cause_add(causes, "FieldValueForbidden", "immutable",
                  "field is immutable when `immutable` is set");
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const json_t *a = json_object_get(old, fields[i]), *b = json_object_get(object, fields[i]);

        if (a != b && !json_equal(a, b))
            cause_add(causes, "FieldValueForbidden", fields[i],
                      "field is immutable when `immutable` is set");
    }
}

static void check_address(const struct kind *kind, const json_t *old, const json_t *object,
                          json_t *causes)
{
    const char *before = json_string_value(at(old, "spec.clusterIP"));
    const char *after = json_string_value(at(object, "spec.clusterIP"));

    if (streq(kind->kind, "Service") && !*kind->group && before && *before &&
        !streq(before, after) && !streq(json_string_value(at(object, "spec.type")), "ExternalName"))
        cause_add(causes, "FieldValueInvalid", "spec.clusterIPs[0]",
                  "[\"%s\"]: may not change once set", after ? after : "");
}

/* Of a StatefulSet nearly all is fixed. */
static void check_stateful_set(const struct kind *kind, const json_t *old, const json_t *object,
                               json_t *causes)
{
    static const char *const free_fields[] = {"replicas",
                                              "ordinals",
                                              "template",
                                              "updateStrategy",
                                              "revisionHistoryLimit",
                                              "persistentVolumeClaimRetentionPolicy",
                                              "minReadySeconds"};
    cleanup_json json_t *before = NULL;
    cleanup_json json_t *after = NULL;

    if (!streq(kind->kind, "StatefulSet"))
        return;
    before = json_copy(json_object_get(old, "spec"));
    after = json_copy(json_object_get(object, "spec"));
    for (size_t i = 0; i < ARRAY_LEN(free_fields); i++) {
        json_object_del(before, free_fields[i]);
        json_object_del(after, free_fields[i]);
    }
    if (!json_equal(before, after))
        cause_add(causes, "FieldValueForbidden", "spec",
                  "updates to statefulset spec for fields other than 'replicas', 'ordinals', "
                  "'template', 'updateStrategy', 'revisionHistoryLimit', "
                  "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
}

static void check_role_ref(const json_t *old, const json_t *object, json_t *causes)
{
    const json_t *before = json_object_get(old, "roleRef");
    const json_t *after = json_object_get(object, "roleRef");

    if (before && !json_equal(before, after)) {
        cleanup_free char *text = json_dumps(after, JSON_ENCODE_ANY | JSON_SORT_KEYS);

        cause_add(causes, "FieldValueInvalid", "roleRef", "%s: cannot change roleRef",
                  text ? text : "null");
    }
}

int validate_changed(const struct kind *kind, const json_t *old, const json_t *object,
                     json_t **refused)
{
    json_t *causes = json_array();

    check_object(kind, object, causes);
    if (!kind_is_custom(kind)) {
        check_immutable(kind, old, object, causes);
        check_frozen(kind, old, object, causes);
        check_address(kind, old, object, causes);
        check_stateful_set(kind, old, object, causes);
        check_role_ref(old, object, causes);
    }
    return refuse_causes(kind, object, causes, refused);
}
