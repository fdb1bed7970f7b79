/* SPDX-License-Identifier: Apache-2.0 */
/* extension: kinds that extend the API, and those that come with an extension. */
#include "daemon/health/check.h"
#include "lib/base/mem.h"

struct verdict check_api_service(const json_t *object)
{
    const json_t *available = condition_find(object, "Available");

    if (!available)
        return verdict_of(HEALTH_PROGRESSING, "Waiting to be processed");
    return verdict_of(condition_is(available, "True") ? HEALTH_HEALTHY : HEALTH_PROGRESSING,
                      "%s: %s", object_text(available, "reason"),
                      object_text(available, "message"));
}

struct verdict check_crd(const json_t *object)
{
    const json_t *established = condition_find(object, "Established");
    const json_t *terminating = condition_find(object, "Terminating");
    const json_t *names = condition_find(object, "NamesAccepted");
    const json_t *schema = condition_find(object, "NonStructuralSchema");

    if (object_at(object, "metadata", "deletionTimestamp", NULL))
        return verdict_of(HEALTH_PROGRESSING, "CRD is terminating");
    if (json_array_size(object_at(object, "status", "conditions", NULL)) == 0)
        return verdict_of(HEALTH_PROGRESSING, "Status conditions not found");
    if (condition_is(terminating, "True"))
        return verdict_of(HEALTH_PROGRESSING, "CRD is terminating: %s",
                          object_text(terminating, "message"));
    if (condition_is(names, "False"))
        return verdict_of(HEALTH_DEGRADED, "CRD names have not been accepted: %s",
                          object_text(names, "message"));
    if (condition_is(schema, "True"))
        return verdict_of(HEALTH_DEGRADED, "Schema violations found: %s",
                          object_text(schema, "message"));
    if (condition_is(established, "True"))
        return verdict_of(HEALTH_HEALTHY, "CRD is healthy");
    if (streq(object_text(established, "reason"), "Installing"))
        return verdict_of(HEALTH_PROGRESSING, "CRD is being installed");
    return verdict_of(HEALTH_DEGRADED, "CRD is not established");
}

struct verdict check_workflow(const json_t *object)
{
    const json_t *status = object_at(object, "status", NULL);
    const char *phase = object_text(status, "phase");
    enum health_status health = HEALTH_UNKNOWN;

    if (streq(phase, "") || streq(phase, "Pending") || streq(phase, "Running"))
        health = HEALTH_PROGRESSING;
    else if (streq(phase, "Succeeded"))
        health = HEALTH_HEALTHY;
    else if (streq(phase, "Failed") || streq(phase, "Error"))
        health = HEALTH_DEGRADED;
    return verdict_text(health, object_text(status, "message"));
}

/* An application of applications is as healthy as they are. Argo CD ships no such check; this is
 * what its documentation tells people to configure. */
struct verdict check_application(const json_t *object)
{
    const json_t *health = object_at(object, "status", "health", NULL);
    enum health_status status;

    if (!*object_text(health, "status"))
        return verdict_of(HEALTH_PROGRESSING, "Waiting for the application to be assessed");
    if (!health_status_parse(object_text(health, "status"), &status))
        status = HEALTH_UNKNOWN;
    return verdict_text(status, object_text(health, "message"));
}

/* One rule of a kind that is judged by its conditions. */
struct condition_rule {
    const char *type;
    const char *status;
    enum health_status health;
};

/* The first rule that holds; else it waits, with `waiting` as the message. */
static struct verdict check_rules(const json_t *object, const struct condition_rule *rules,
                                  size_t count, const char *waiting)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *condition = condition_find(object, rules[i].type);

        if (condition_is(condition, rules[i].status))
            return verdict_text(rules[i].health, object_text(condition, "message"));
    }
    return verdict_text(HEALTH_PROGRESSING, waiting);
}

struct verdict check_application_set(const json_t *object)
{
    static const struct condition_rule rules[] = {
        {"ErrorOccurred", "True", HEALTH_DEGRADED},
        {"ResourcesUpToDate", "False", HEALTH_DEGRADED},
        {"RolloutProgressing", "True", HEALTH_PROGRESSING},
        {"ResourcesUpToDate", "True", HEALTH_HEALTHY},
    };

    return check_rules(object, rules, ARRAY_LEN(rules), "Waiting for the status to be reported");
}

struct verdict check_certificate(const json_t *object)
{
    static const struct condition_rule rules[] = {
        {"Issuing", "True", HEALTH_PROGRESSING},
        {"Ready", "False", HEALTH_DEGRADED},
        {"Ready", "True", HEALTH_HEALTHY},
    };

    return check_rules(object, rules, ARRAY_LEN(rules), "Waiting for certificate");
}

/* With the policy OnChange Ready counts once it is as new as the last refresh. */
struct verdict check_external_secret(const json_t *object)
{
    static const struct condition_rule rules[] = {
        {"Ready", "False", HEALTH_DEGRADED},
        {"Ready", "True", HEALTH_HEALTHY},
    };
    const char *policy = object_text(object_at(object, "spec", NULL), "refreshPolicy");
    const char *since = object_text(condition_find(object, "Ready"), "lastTransitionTime");
    const char *refreshed = object_text(object_at(object, "status", NULL), "refreshTime");
    bool counts = !streq(policy, "OnChange") || strcmp(since, refreshed) >= 0;

    return check_rules(object, rules, counts ? ARRAY_LEN(rules) : 0, "Waiting for ExternalSecret");
}
