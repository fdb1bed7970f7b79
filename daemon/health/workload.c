/* SPDX-License-Identifier: Apache-2.0 */
/* workload: the kinds that run containers by way of Pods. */
#include "daemon/health/check.h"
#include "lib/base/mem.h"

/* Has the controller not yet seen the spec that is live? */
static bool is_behind(const json_t *object)
{
    return object_number(object_at(object, "metadata", NULL), "generation") >
           object_number(object_at(object, "status", NULL), "observedGeneration");
}

static const char *object_name(const json_t *object)
{
    return object_text(object_at(object, "metadata", NULL), "name");
}

struct verdict check_deployment(const json_t *object)
{
    const json_t *spec = object_at(object, "spec", NULL);
    const json_t *status = object_at(object, "status", NULL);
    const json_t *progressing = condition_find(object, "Progressing");
    long long wanted = object_number(spec, "replicas");
    long long updated = object_number(status, "updatedReplicas");
    long long total = object_number(status, "replicas");
    long long available = object_number(status, "availableReplicas");

    if (json_is_true(object_at(spec, "paused", NULL)))
        return verdict_of(HEALTH_SUSPENDED, "Deployment is paused");
    if (is_behind(object))
        return verdict_of(HEALTH_PROGRESSING, "Waiting for rollout to finish: observed deployment "
                                              "generation less than desired generation");
    if (streq(object_text(progressing, "reason"), "ProgressDeadlineExceeded"))
        return verdict_of(HEALTH_DEGRADED, "Deployment \"%s\" exceeded its progress deadline",
                          object_name(object));
    if (object_at(spec, "replicas", NULL) && updated < wanted)
        return verdict_of(HEALTH_PROGRESSING,
                          "Waiting for rollout to finish: %lld out of %lld new replicas have been "
                          "updated...",
                          updated, wanted);
    if (total > updated)
        return verdict_of(HEALTH_PROGRESSING,
                          "Waiting for rollout to finish: %lld old replicas are pending "
                          "termination...",
                          total - updated);
    if (available < updated)
        return verdict_of(HEALTH_PROGRESSING,
                          "Waiting for rollout to finish: %lld of %lld updated replicas are "
                          "available...",
                          available, updated);
    return verdict_text(HEALTH_HEALTHY, NULL);
}

static struct verdict check_partition(const json_t *rolling, long long wanted, bool has_wanted,
                                      long long updated)
{
    const json_t *partition = object_at(rolling, "partition", NULL);
    long long share = wanted - json_integer_value(partition);

    if (partition && has_wanted && updated < share)
        return verdict_of(HEALTH_PROGRESSING,
                          "Waiting for partitioned roll out to finish: %lld out of %lld new pods "
                          "have been updated...",
                          updated, share);
    return verdict_of(HEALTH_HEALTHY,
                      "partitioned roll out complete: %lld new pods have been updated...", updated);
}

struct verdict check_stateful_set(const json_t *object)
{
    const json_t *spec = object_at(object, "spec", NULL);
    const json_t *status = object_at(object, "status", NULL);
    const char *strategy = object_text(object_at(spec, "updateStrategy", NULL), "type");
    const json_t *rolling = object_at(spec, "updateStrategy", "rollingUpdate", NULL);
    bool has_wanted = object_at(spec, "replicas", NULL) != NULL;
    long long wanted = object_number(spec, "replicas");
    long long ready = object_number(status, "readyReplicas");
    long long updated = object_number(status, "updatedReplicas");
    const char *current_revision = object_text(status, "currentRevision");
    const char *update_revision = object_text(status, "updateRevision");

    if (object_number(status, "observedGeneration") == 0 || is_behind(object))
        return verdict_of(HEALTH_PROGRESSING,
                          "Waiting for statefulset spec update to be observed...");
    if (has_wanted && ready < wanted)
        return verdict_of(HEALTH_PROGRESSING, "Waiting for %lld pods to be ready...",
                          wanted - ready);
    if (streq(strategy, "RollingUpdate") && rolling)
        return check_partition(rolling, wanted, has_wanted, updated);
    if (streq(strategy, "OnDelete"))
        return verdict_of(HEALTH_HEALTHY, "statefulset has %lld ready pods", ready);
    if (!streq(update_revision, current_revision))
        return verdict_of(HEALTH_PROGRESSING,
                          "waiting for statefulset rolling update to complete %lld pods at "
                          "revision %s...",
                          updated, update_revision);
    return verdict_of(HEALTH_HEALTHY,
                      "statefulset rolling update complete %lld pods at revision %s...",
                      object_number(status, "currentReplicas"), current_revision);
}

struct verdict check_daemon_set(const json_t *object)
{
    const json_t *status = object_at(object, "status", NULL);
    const char *strategy = object_text(object_at(object, "spec", "updateStrategy", NULL), "type");
    long long wanted = object_number(status, "desiredNumberScheduled");
    long long updated = object_number(status, "updatedNumberScheduled");
    long long available = object_number(status, "numberAvailable");

    if (is_behind(object))
        return verdict_of(HEALTH_PROGRESSING, "Waiting for rollout to finish: observed daemon set "
                                              "generation less than desired generation");
    if (streq(strategy, "OnDelete"))
        return verdict_of(HEALTH_HEALTHY, "daemon set %lld out of %lld new pods have been updated",
                          updated, wanted);
    if (updated < wanted)
        return verdict_of(HEALTH_PROGRESSING,
                          "Waiting for daemon set \"%s\" rollout to finish: %lld out of %lld new "
                          "pods have been updated...",
                          object_name(object), updated, wanted);
    if (available < wanted)
        return verdict_of(HEALTH_PROGRESSING,
                          "Waiting for daemon set \"%s\" rollout to finish: %lld of %lld updated "
                          "pods are available...",
                          object_name(object), available, wanted);
    return verdict_text(HEALTH_HEALTHY, NULL);
}

struct verdict check_replica_set(const json_t *object)
{
    const json_t *spec = object_at(object, "spec", NULL);
    const json_t *failure = condition_find(object, "ReplicaFailure");
    long long wanted = object_number(spec, "replicas");
    long long available = object_number(object_at(object, "status", NULL), "availableReplicas");

    if (is_behind(object))
        return verdict_of(HEALTH_PROGRESSING, "Waiting for rollout to finish: observed replica set "
                                              "generation less than desired generation");
    if (condition_is(failure, "True"))
        return verdict_text(HEALTH_DEGRADED, object_text(failure, "message"));
    if (object_at(spec, "replicas", NULL) && available < wanted)
        return verdict_of(HEALTH_PROGRESSING,
                          "Waiting for rollout to finish: %lld out of %lld new replicas are "
                          "available...",
                          available, wanted);
    return verdict_text(HEALTH_HEALTHY, NULL);
}

/* A Job that failed carries Complete or Suspended conditions of earlier, too: Failed wins. Failed
 * and Complete count whatever their status says. */
struct verdict check_job(const json_t *object)
{
    const json_t *failed = condition_find(object, "Failed");
    const json_t *complete = condition_find(object, "Complete");
    const json_t *suspended = condition_find(object, "Suspended");

    if (failed)
        return verdict_text(HEALTH_DEGRADED, object_text(failed, "message"));
    if (condition_is(suspended, "True"))
        return verdict_text(HEALTH_SUSPENDED, NULL);
    if (complete || suspended)
        return verdict_text(HEALTH_HEALTHY,
                            object_text(complete ? complete : suspended, "message"));
    return verdict_text(HEALTH_PROGRESSING, NULL);
}

struct verdict check_cron_job(const json_t *object)
{
    const json_t *status = object_at(object, "status", NULL);
    const char *scheduled = object_text(status, "lastScheduleTime");
    const char *succeeded = object_text(status, "lastSuccessfulTime");

    if (json_is_true(object_at(object, "spec", "suspend", NULL)))
        return verdict_of(HEALTH_HEALTHY, "CronJob is Suspended");
    if (!status)
        return verdict_of(HEALTH_PROGRESSING, "Waiting for CronJob");
    if (!*scheduled)
        return verdict_of(HEALTH_HEALTHY, "CronJob has not been scheduled yet");
    if (!*succeeded) /* the spelling is Argo CD's */
        return verdict_of(HEALTH_HEALTHY,
                          "The Cronjob never completed succesfully. It may not be healthy");
    if (json_array_size(object_at(status, "active", NULL)) > 0)
        return verdict_of(HEALTH_HEALTHY,
                          "The job is running. Its last execution may not have been successful");
    if (strcmp(succeeded, scheduled) < 0)
        return verdict_of(HEALTH_DEGRADED,
                          "CronJob has not completed its last execution successfully");
    return verdict_of(HEALTH_HEALTHY, "CronJob has completed its last execution successfully");
}
