/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/health/builtin.h"

#include "daemon/health/check.h"
#include "lib/base/mem.h"

#define HOOK_FINALIZER "argocd.argoproj.io/hook-finalizer"

/* `versions` are those that the check understands; NULL: any, or the check looks itself. */
static const struct check {
    const char *group;
    const char *kind;
    const char *versions;
    health_check_fn *check;
} checks[] = {
    {"", "PersistentVolumeClaim", "v1", check_volume_claim},
    {"", "Pod", "v1", check_pod},
    {"", "Service", "v1", check_service},
    {"apiextensions.k8s.io", "CustomResourceDefinition", NULL, check_crd},
    {"apiregistration.k8s.io", "APIService", "v1 v1beta1", check_api_service},
    {"apps", "DaemonSet", "v1", check_daemon_set},
    {"apps", "Deployment", "v1", check_deployment},
    {"apps", "ReplicaSet", "v1", check_replica_set},
    {"apps", "StatefulSet", "v1", check_stateful_set},
    {"argoproj.io", "Application", NULL, check_application},
    {"argoproj.io", "ApplicationSet", NULL, check_application_set},
    {"argoproj.io", "Workflow", "v1alpha1", check_workflow},
    {"autoscaling", "HorizontalPodAutoscaler", NULL, check_autoscaler},
    {"batch", "CronJob", NULL, check_cron_job},
    {"batch", "Job", "v1", check_job},
    {"cert-manager.io", "Certificate", NULL, check_certificate},
    {"extensions", "Deployment", "v1", check_deployment}, /* v1beta1 is not understood */
    {"extensions", "Ingress", "v1beta1", check_ingress},
    {"external-secrets.io", "ExternalSecret", NULL, check_external_secret},
    {"networking.k8s.io", "Ingress", "v1 v1beta1", check_ingress},
    {"policy", "PodDisruptionBudget", NULL, check_disruption_budget},
};

static const char *const names[] = {
    [HEALTH_HEALTHY] = "Healthy",         [HEALTH_SUSPENDED] = "Suspended",
    [HEALTH_PROGRESSING] = "Progressing", [HEALTH_MISSING] = "Missing",
    [HEALTH_DEGRADED] = "Degraded",       [HEALTH_UNKNOWN] = "Unknown",
};

const char *health_status_name(enum health_status status)
{
    return names[status];
}

bool health_status_parse(const char *name, enum health_status *status)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!streq(name, names[i]))
            continue;
        *status = (enum health_status)i;
        return true;
    }
    return false;
}

struct verdict verdict_of(enum health_status status, const char *fmt, ...)
{
    struct verdict v = {.status = status};
    va_list ap;

    va_start(ap, fmt);
    v.message = xvasprintf(fmt, ap);
    va_end(ap);
    return v;
}

struct verdict verdict_text(enum health_status status, const char *message)
{
    return (struct verdict){.status = status,
                            .message = message && *message ? xstrdup(message) : NULL};
}

const json_t *object_at(const json_t *object, ...)
{
    const char *name;
    va_list ap;

    va_start(ap, object);
    while (object && (name = va_arg(ap, const char *)))
        object = json_object_get(object, name);
    va_end(ap);
    return json_is_null(object) ? NULL : object;
}

const char *object_text(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));

    return text ? text : "";
}

long long object_number(const json_t *object, const char *field)
{
    return json_integer_value(json_object_get(object, field));
}

const json_t *condition_find(const json_t *object, const char *type)
{
    const json_t *condition;
    size_t i;

    json_array_foreach (object_at(object, "status", "conditions", NULL), i, condition)
        if (streq(object_text(condition, "type"), type))
            return condition;
    return NULL;
}

bool condition_is(const json_t *condition, const char *status)
{
    return condition && streq(object_text(condition, "status"), status);
}

static bool has_hook_finalizer(const json_t *metadata)
{
    const json_t *finalizer;
    size_t i;

    json_array_foreach (json_object_get(metadata, "finalizers"), i, finalizer)
        if (streq(json_string_value(finalizer), HOOK_FINALIZER))
            return true;
    return false;
}

bool health_is_deleting(const json_t *object)
{
    const json_t *metadata = object_at(object, "metadata", NULL);

    return object_at(metadata, "deletionTimestamp", NULL) && !has_hook_finalizer(metadata);
}

bool health_of_script(const char *error, const char *status, enum health_status *out,
                      const char **message)
{
    if (!error && streq(status, ""))
        return false;
    if (!error && status && health_status_parse(status, out))
        return true;
    *out = HEALTH_UNKNOWN;
    *message = error ? error : "Lua returned an invalid health status";
    return true;
}

/* Of words between spaces. */
static bool is_one_of(const char *word, const char *words)
{
    size_t len = strlen(word);

    for (; *words; words += strcspn(words, " "), words += strspn(words, " "))
        if (strcspn(words, " ") == len && strncmp(words, word, len) == 0)
            return true;
    return false;
}

static struct verdict run_check(const struct check *check, const char *version,
                                const json_t *object)
{
    if (check->versions && !is_one_of(version, check->versions))
        return verdict_of(HEALTH_UNKNOWN, "unsupported %s GVK: %s, Kind=%s", check->kind,
                          object_text(object, "apiVersion"), check->kind);
    return check->check(object);
}

bool health_assess(const json_t *object, enum health_status *status, char **message)
{
    const char *api_version = object_text(object, "apiVersion");
    const char *slash = strchr(api_version, '/');
    const char *version = slash ? slash + 1 : api_version;
    size_t group_len = slash ? (size_t)(slash - api_version) : 0;
    struct verdict v = {0};

    if (health_is_deleting(object)) {
        *status = HEALTH_PROGRESSING;
        *message = xstrdup("Pending deletion");
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        if (strlen(checks[i].group) != group_len ||
            strncmp(checks[i].group, api_version, group_len) != 0 ||
            !streq(checks[i].kind, object_text(object, "kind")))
            continue;
        v = run_check(&checks[i], version, object);
        *status = v.status;
        *message = v.message;
        return true;
    }
    if (!check_generic(object, &v))
        return false;
    *status = v.status;
    *message = v.message;
    return true;
}
