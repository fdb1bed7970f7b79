/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/health/builtin.h"

#include "lib/doc/yaml.h"
#include "tests/test.h"

/* One rule: an object and what it is judged. message NULL: none. want NULL: no health check. */
struct health_case {
    const char *object; /* YAML, without what `prefix` of the table gives */
    const char *want;
    const char *message;
};

static void expect_health(const char *prefix, const struct health_case *c)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs = NULL;
    cleanup_free char *text = xasprintf("%s%s", prefix, c->object);
    cleanup_free char *message = NULL;
    enum health_status status;
    bool has_check;

    EXPECT_OK(yaml_parse("case", text, strlen(text), YAML_KUBECTL, &docs, &err));
    has_check = health_assess(json_array_get(docs, 0), &status, &message);
    if (has_check != (c->want != NULL))
        fail_msg("health check of:\n%s\nis %d", text, has_check);
    if (!has_check || !c->want)
        return;
    if (strcmp(health_status_name(status), c->want) != 0 ||
        strcmp(message ? message : "(none)", c->message ? c->message : "(none)") != 0)
        fail_msg("health of:\n%s\nis %s: %s", text, health_status_name(status),
                 message ? message : "(none)");
}

#define EXPECT_HEALTH(prefix, cases)                                                               \
    for (size_t i_ = 0; i_ < ARRAY_LEN(cases); i_++)                                               \
    expect_health(prefix, &(cases)[i_])

TEST(names_go_both_ways_and_rise_to_the_worse)
{
    static const char *const names[] = {"Healthy", "Suspended", "Progressing",
                                        "Missing", "Degraded",  "Unknown"};
    enum health_status status;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        EXPECT_STR(health_status_name((enum health_status)i), names[i]);
        EXPECT(health_status_parse(names[i], &status));
        EXPECT_INT(status, i);
    }
    EXPECT(!health_status_parse("healthy", &status));
}

TEST(what_is_being_deleted_is_progressing)
{
    static const struct health_case cases[] = {
        {"kind: ConfigMap\napiVersion: v1\nmetadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}",
         "Progressing", "Pending deletion"},
        {"kind: Pod\napiVersion: v1\nstatus: {phase: Succeeded}\n"
         "metadata: {deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [other]}",
         "Progressing", "Pending deletion"},
        {"kind: Pod\napiVersion: v1\nstatus: {phase: Succeeded}\n"
         "metadata: {deletionTimestamp: '2026-01-01T00:00:00Z', "
         "finalizers: [a, argocd.argoproj.io/hook-finalizer]}",
         "Healthy", NULL},
        {"kind: Pod\napiVersion: v1\nstatus: {phase: Succeeded}\n"
         "metadata: {deletionTimestamp: null}",
         "Healthy", NULL},
    };

    EXPECT_HEALTH("", cases);
}

TEST(kinds_without_a_check_have_no_health)
{
    static const struct health_case cases[] = {
        {"{apiVersion: v1, kind: ConfigMap}", NULL, NULL},
        {"{apiVersion: example.com/v1, kind: Deployment}", NULL, NULL},
        {"{apiVersion: app/v1, kind: Deployment}", NULL, NULL},
        {"{apiVersion: apps/v1}", NULL, NULL},
        {"{}", NULL, NULL},
        {"[]", NULL, NULL},
    };

    EXPECT_HEALTH("", cases);
}

TEST(versions_that_are_not_understood_are_unknown)
{
    static const struct health_case cases[] = {
        {"{apiVersion: extensions/v1beta1, kind: Deployment}", "Unknown",
         "unsupported Deployment GVK: extensions/v1beta1, Kind=Deployment"},
        {"{apiVersion: apps/v1beta2, kind: StatefulSet}", "Unknown",
         "unsupported StatefulSet GVK: apps/v1beta2, Kind=StatefulSet"},
        {"{apiVersion: autoscaling/v2beta2, kind: HorizontalPodAutoscaler}", "Unknown",
         "unsupported HPA GVK: autoscaling/v2beta2, Kind=HorizontalPodAutoscaler"},
        {"{apiVersion: v2, kind: Pod}", "Unknown", "unsupported Pod GVK: v2, Kind=Pod"},
        {"{apiVersion: extensions/v1, kind: Ingress}", "Unknown",
         "unsupported Ingress GVK: extensions/v1, Kind=Ingress"},
        {"{apiVersion: networking.k8s.io/v1beta2, kind: Ingress}", "Unknown",
         "unsupported Ingress GVK: networking.k8s.io/v1beta2, Kind=Ingress"},
        {"{apiVersion: apiregistration.k8s.io/v2, kind: APIService}", "Unknown",
         "unsupported APIService GVK: apiregistration.k8s.io/v2, Kind=APIService"},
        {"{apiVersion: argoproj.io/v1, kind: Workflow}", "Unknown",
         "unsupported Workflow GVK: argoproj.io/v1, Kind=Workflow"},
        {"{apiVersion: networking.k8s.io/v1beta1, kind: Ingress}", "Progressing", NULL},
        {"{apiVersion: apiregistration.k8s.io/v1beta1, kind: APIService}", "Progressing",
         "Waiting to be processed"},
    };

    EXPECT_HEALTH("", cases);
}

TEST(deployment)
{
    static const struct health_case cases[] = {
        {"spec: {paused: true}\nstatus: {}", "Suspended", "Deployment is paused"},
        {"spec: {replicas: 1}\nstatus: {observedGeneration: 1}", "Progressing",
         "Waiting for rollout to finish: observed deployment generation less than desired "
         "generation"},
        {"spec: {replicas: 1}", "Progressing",
         "Waiting for rollout to finish: observed deployment generation less than desired "
         "generation"},
        {"spec: {replicas: 3}\nstatus: {observedGeneration: 2, updatedReplicas: 3, conditions: "
         "[{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}",
         "Degraded", "Deployment \"web\" exceeded its progress deadline"},
        {"spec: {replicas: 3}\nstatus: {observedGeneration: 2, updatedReplicas: 1, replicas: 9}",
         "Progressing",
         "Waiting for rollout to finish: 1 out of 3 new replicas have been updated..."},
        {"spec: {replicas: 3}\nstatus: {observedGeneration: 2, updatedReplicas: 3, replicas: 5}",
         "Progressing", "Waiting for rollout to finish: 2 old replicas are pending termination..."},
        {"spec: {replicas: 3}\nstatus: {observedGeneration: 2, updatedReplicas: 3, replicas: 3, "
         "availableReplicas: 1}",
         "Progressing", "Waiting for rollout to finish: 1 of 3 updated replicas are available..."},
        {"spec: {replicas: 3}\nstatus: {observedGeneration: 3, updatedReplicas: 3, replicas: 3, "
         "availableReplicas: 3, conditions: [{type: Progressing, reason: NewReplicaSetAvailable}]}",
         "Healthy", NULL},
        {"spec: {replicas: 0}\nstatus: {observedGeneration: 2}", "Healthy", NULL},
    };

    EXPECT_HEALTH("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, generation: 2}\n",
                  cases);
}

TEST(stateful_set)
{
    static const struct health_case cases[] = {
        {"spec: {replicas: 1}", "Progressing",
         "Waiting for statefulset spec update to be observed..."},
        {"status: {observedGeneration: 1}", "Progressing",
         "Waiting for statefulset spec update to be observed..."},
        {"spec: {replicas: 3}\nstatus: {observedGeneration: 2, readyReplicas: 1}", "Progressing",
         "Waiting for 2 pods to be ready..."},
        {"spec: {replicas: 4, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: "
         "1}}}\nstatus: {observedGeneration: 2, readyReplicas: 4, updatedReplicas: 2}",
         "Progressing",
         "Waiting for partitioned roll out to finish: 2 out of 3 new pods have been updated..."},
        {"spec: {replicas: 4, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: "
         "1}}}\nstatus: {observedGeneration: 2, readyReplicas: 4, updatedReplicas: 3}",
         "Healthy", "partitioned roll out complete: 3 new pods have been updated..."},
        {"spec: {replicas: 4, updateStrategy: {type: RollingUpdate, rollingUpdate: {}}}\n"
         "status: {observedGeneration: 2, readyReplicas: 4, updatedReplicas: 1}",
         "Healthy", "partitioned roll out complete: 1 new pods have been updated..."},
        {"spec: {replicas: 2, updateStrategy: {type: OnDelete}}\n"
         "status: {observedGeneration: 2, readyReplicas: 2, updateRevision: b, currentRevision: a}",
         "Healthy", "statefulset has 2 ready pods"},
        {"spec: {replicas: 2, updateStrategy: {type: RollingUpdate}}\n"
         "status: {observedGeneration: 2, readyReplicas: 2, updatedReplicas: 1, "
         "updateRevision: b, currentRevision: a}",
         "Progressing",
         "waiting for statefulset rolling update to complete 1 pods at revision b..."},
        {"spec: {replicas: 2}\nstatus: {observedGeneration: 2, readyReplicas: 2, "
         "currentReplicas: 2, updateRevision: a, currentRevision: a}",
         "Healthy", "statefulset rolling update complete 2 pods at revision a..."},
    };

    EXPECT_HEALTH("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, generation: 2}\n",
                  cases);
}

TEST(daemon_set)
{
    static const struct health_case cases[] = {
        {"status: {observedGeneration: 1}", "Progressing",
         "Waiting for rollout to finish: observed daemon set generation less than desired "
         "generation"},
        {"spec: {updateStrategy: {type: OnDelete}}\nstatus: {observedGeneration: 2, "
         "desiredNumberScheduled: 3, updatedNumberScheduled: 1}",
         "Healthy", "daemon set 1 out of 3 new pods have been updated"},
        {"status: {observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 1}",
         "Progressing",
         "Waiting for daemon set \"log\" rollout to finish: 1 out of 3 new pods have been "
         "updated..."},
        {"status: {observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, "
         "numberAvailable: 2}",
         "Progressing",
         "Waiting for daemon set \"log\" rollout to finish: 2 of 3 updated pods are available..."},
        {"status: {observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, "
         "numberAvailable: 3}",
         "Healthy", NULL},
    };

    EXPECT_HEALTH("apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: log, generation: 2}\n",
                  cases);
}

TEST(replica_set)
{
    static const struct health_case cases[] = {
        {"status: {observedGeneration: 1}", "Progressing",
         "Waiting for rollout to finish: observed replica set generation less than desired "
         "generation"},
        {"status: {observedGeneration: 2, conditions: [{type: ReplicaFailure, status: 'True', "
         "message: quota}]}",
         "Degraded", "quota"},
        {"spec: {replicas: 2}\nstatus: {observedGeneration: 2, availableReplicas: 1, conditions: "
         "[{type: ReplicaFailure, status: 'False', message: quota}]}",
         "Progressing", "Waiting for rollout to finish: 1 out of 2 new replicas are available..."},
        {"spec: {replicas: 2}\nstatus: {observedGeneration: 2, availableReplicas: 2}", "Healthy",
         NULL},
    };

    EXPECT_HEALTH("apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {generation: 2}\n", cases);
}

TEST(pod)
{
    static const struct health_case cases[] = {
        {"spec: {restartPolicy: Always}\nstatus: {phase: Pending, containerStatuses: ["
         "{state: {waiting: {reason: ErrImagePull, message: no image}}}, "
         "{state: {waiting: {reason: CreateContainerConfigError, message: no secret}}}, "
         "{state: {waiting: {reason: CrashLoopBackOff, message: again}}}, "
         "{state: {waiting: {reason: ContainerCreating, message: soon}}}]}",
         "Degraded", "no image, no secret, again"},
        {"spec: {restartPolicy: Never}\nstatus: {phase: Pending, message: m, containerStatuses: ["
         "{state: {waiting: {reason: ErrImagePull, message: no image}}}]}",
         "Progressing", "m"},
        {"status: {phase: Succeeded, message: m}", "Healthy", "m"},
        {"status: {phase: Failed, message: evicted}", "Degraded", "evicted"},
        {"status: {phase: Failed, initContainerStatuses: [{name: i, state: {terminated: "
         "{exitCode: 0}}}], containerStatuses: [{name: c, state: {terminated: {exitCode: 2}}}]}",
         "Degraded", "container \"c\" failed with exit code 2"},
        {"status: {phase: Failed, initContainerStatuses: [{state: {terminated: {reason: OOMKilled, "
         "exitCode: 137}}}]}",
         "Degraded", "OOMKilled"},
        {"status: {phase: Failed, containerStatuses: [{state: {terminated: {message: why, "
         "reason: OOMKilled, exitCode: 1}}}]}",
         "Degraded", "why"},
        {"status: {phase: Failed}", "Degraded", NULL},
        {"spec: {restartPolicy: Always}\nstatus: {phase: Running, conditions: [{type: Ready, "
         "status: 'True'}], containerStatuses: [{lastState: {terminated: {exitCode: 1}}}]}",
         "Healthy", NULL},
        {"spec: {restartPolicy: Always}\nstatus: {phase: Running, conditions: [{type: Ready, "
         "status: 'False'}], containerStatuses: [{lastState: {}}, {lastState: {terminated: "
         "{exitCode: 1}}}]}",
         "Degraded", NULL},
        {"spec: {restartPolicy: Always}\nstatus: {phase: Running}", "Progressing", NULL},
        {"spec: {restartPolicy: OnFailure}\nstatus: {phase: Running, conditions: [{type: Ready, "
         "status: 'True'}]}",
         "Progressing", NULL},
        {"spec: {restartPolicy: Never}\nstatus: {phase: Running}", "Progressing", NULL},
        {"status: {phase: Unknown}", "Unknown", NULL},
        {"spec: {}", "Unknown", NULL},
    };

    EXPECT_HEALTH("apiVersion: v1\nkind: Pod\n", cases);
}

TEST(job_and_cron_job)
{
    static const struct health_case jobs[] = {
        {"status: {conditions: [{type: Failed, status: 'False', message: late}, {type: Complete, "
         "status: 'True'}]}",
         "Degraded", "late"},
        {"status: {conditions: [{type: Complete, status: 'True', message: done}]}", "Healthy",
         "done"},
        {"status: {conditions: [{type: Suspended, status: 'True'}]}", "Suspended", NULL},
        {"status: {conditions: [{type: Suspended, status: 'False', message: resumed}]}", "Healthy",
         "resumed"},
        {"status: {active: 1}", "Progressing", NULL},
        {"spec: {}", "Progressing", NULL},
    };
    static const struct health_case cron_jobs[] = {
        {"spec: {suspend: true}", "Healthy", "CronJob is Suspended"},
        {"spec: {suspend: false}", "Progressing", "Waiting for CronJob"},
        {"status: {}", "Healthy", "CronJob has not been scheduled yet"},
        {"status: {lastScheduleTime: '2026-01-02T00:00:00Z'}", "Healthy",
         "The Cronjob never completed succesfully. It may not be healthy"},
        {"status: {lastScheduleTime: '2026-01-02T00:00:00Z', lastSuccessfulTime: "
         "'2026-01-01T00:00:00Z', active: [{name: a}]}",
         "Healthy", "The job is running. Its last execution may not have been successful"},
        {"status: {lastScheduleTime: '2026-01-02T00:00:00Z', lastSuccessfulTime: "
         "'2026-01-01T00:00:00Z'}",
         "Degraded", "CronJob has not completed its last execution successfully"},
        {"status: {lastScheduleTime: '2026-01-02T00:00:00Z', lastSuccessfulTime: "
         "'2026-01-02T00:00:09Z', active: []}",
         "Healthy", "CronJob has completed its last execution successfully"},
    };

    EXPECT_HEALTH("apiVersion: batch/v1\nkind: Job\n", jobs);
    EXPECT_HEALTH("apiVersion: batch/v1\nkind: CronJob\n", cron_jobs);
}

TEST(network_and_storage)
{
    static const struct health_case cases[] = {
        {"{apiVersion: networking.k8s.io/v1, kind: Ingress, status: {loadBalancer: {}}}",
         "Progressing", NULL},
        {"{apiVersion: networking.k8s.io/v1, kind: Ingress, status: {loadBalancer: {ingress: [{ip: "
         "a}]}}}",
         "Healthy", NULL},
        {"{apiVersion: extensions/v1beta1, kind: Ingress, status: {loadBalancer: {ingress: []}}}",
         "Progressing", NULL},
        {"{apiVersion: v1, kind: Service, spec: {type: ClusterIP}}", "Healthy", NULL},
        {"{apiVersion: v1, kind: Service, spec: {type: LoadBalancer}}", "Progressing", NULL},
        {"{apiVersion: v1, kind: Service, spec: {type: LoadBalancer}, status: {loadBalancer: "
         "{ingress: [{hostname: a}]}}}",
         "Healthy", NULL},
        {"{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Lost}}", "Degraded", NULL},
        {"{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Pending}}", "Progressing",
         NULL},
        {"{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Bound}}", "Healthy", NULL},
        {"{apiVersion: v1, kind: PersistentVolumeClaim}", "Unknown", NULL},
    };

    EXPECT_HEALTH("", cases);
}

TEST(autoscaler)
{
    static const struct health_case v2[] = {
        {"status: {conditions: [{type: AbleToScale, status: 'True', message: able}, {type: "
         "ScalingActive, status: 'False', reason: FailedGetResourceMetric, message: no metrics}]}",
         "Degraded", "no metrics"},
        {"status: {conditions: [{type: AbleToScale, status: 'False', reason: FailedGetScale, "
         "message: gone}]}",
         "Degraded", "gone"},
        {"status: {conditions: [{type: ScalingActive, status: 'True', reason: FailedGetScale}, "
         "{type: ScalingLimited, status: 'True', message: limited}]}",
         "Healthy", "limited"},
        {"status: {conditions: [{type: AbleToScale, status: 'False', message: able}]}",
         "Progressing", "Waiting to Autoscale"},
        {"status: {}", "Progressing", "Waiting to Autoscale"},
    };
    static const struct health_case v1[] = {
        {"metadata: {annotations: {autoscaling.alpha.kubernetes.io/conditions: "
         "'[{\"type\":\"AbleToScale\",\"status\":\"True\",\"message\":\"able\"}]'}}",
         "Healthy", "able"},
        {"metadata: {annotations: {autoscaling.alpha.kubernetes.io/conditions: "
         "'[{\"type\":\"ScalingActive\",\"reason\":\"InvalidSelector\",\"message\":\"bad\"}]'}}",
         "Degraded", "bad"},
        {"metadata: {annotations: {autoscaling.alpha.kubernetes.io/conditions: ''}}", "Progressing",
         "Waiting to Autoscale"},
        {"metadata: {annotations: {autoscaling.alpha.kubernetes.io/conditions: '{'}}", "Unknown",
         "annotation autoscaling.alpha.kubernetes.io/conditions is not JSON"},
        {"metadata: {}", "Progressing", "Waiting to Autoscale"},
    };

    EXPECT_HEALTH("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n", v2);
    EXPECT_HEALTH("apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\n", v1);
}

TEST(api_extensions)
{
    static const struct health_case services[] = {
        {"status: {conditions: [{type: Available, status: 'True', reason: Passed, message: ok}]}",
         "Healthy", "Passed: ok"},
        {"status: {conditions: [{type: Available, status: 'False', reason: R, message: m}]}",
         "Progressing", "R: m"},
        {"status: {}", "Progressing", "Waiting to be processed"},
    };
    static const struct health_case crds[] = {
        {"metadata: {deletionTimestamp: x, finalizers: [argocd.argoproj.io/hook-finalizer]}",
         "Progressing", "CRD is terminating"},
        {"status: {conditions: []}", "Progressing", "Status conditions not found"},
        {"spec: {}", "Progressing", "Status conditions not found"},
        {"status: {conditions: [{type: Established, status: 'True'}, {type: Terminating, status: "
         "'True', message: deleted}]}",
         "Progressing", "CRD is terminating: deleted"},
        {"status: {conditions: [{type: Established, status: 'True'}, {type: NamesAccepted, "
         "status: 'False', message: taken}]}",
         "Degraded", "CRD names have not been accepted: taken"},
        {"status: {conditions: [{type: NonStructuralSchema, status: 'True', message: bad}, {type: "
         "Established, status: 'True'}]}",
         "Degraded", "Schema violations found: bad"},
        {"status: {conditions: [{type: Established, status: 'False', reason: Installing}]}",
         "Progressing", "CRD is being installed"},
        {"status: {conditions: [{type: Established, status: 'False', reason: NotAccepted}]}",
         "Degraded", "CRD is not established"},
        {"status: {conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: "
         "'True'}]}",
         "Healthy", "CRD is healthy"},
    };

    EXPECT_HEALTH("apiVersion: apiregistration.k8s.io/v1\nkind: APIService\n", services);
    EXPECT_HEALTH("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n", crds);
}

TEST(disruption_budget)
{
    static const struct health_case cases[] = {
        {"status: {conditions: [{status: 'False', reason: InsufficientPods}]}", "Healthy",
         "PodDisruptionBudget has InsufficientPods"},
        {"status: {conditions: [{status: 'True', reason: SufficientPods}, {status: 'False', "
         "reason: SyncFailed}]}",
         "Degraded", "PodDisruptionBudget has SyncFailed"},
        {"status: {conditions: [{status: 'True', reason: SufficientPods}]}", "Healthy",
         "PodDisruptionBudget has SufficientPods"},
        {"status: {}", "Progressing", "Waiting for status"},
    };

    EXPECT_HEALTH("apiVersion: policy/v1\nkind: PodDisruptionBudget\n", cases);
}

TEST(kinds_of_operators)
{
    static const struct health_case workflows[] = {
        {"status: {}", "Progressing", NULL},
        {"status: {phase: Pending}", "Progressing", NULL},
        {"status: {phase: Running, message: m}", "Progressing", "m"},
        {"status: {phase: Succeeded}", "Healthy", NULL},
        {"status: {phase: Failed}", "Degraded", NULL},
        {"status: {phase: Error, message: m}", "Degraded", "m"},
        {"status: {phase: Odd}", "Unknown", NULL},
    };
    static const struct health_case applications[] = {
        {"spec: {}", "Progressing", "Waiting for the application to be assessed"},
        {"status: {health: {}}", "Progressing", "Waiting for the application to be assessed"},
        {"status: {health: {status: Healthy}}", "Healthy", NULL},
        {"status: {health: {status: Degraded, message: m}}", "Degraded", "m"},
        {"status: {health: {status: Missing}}", "Missing", NULL},
        {"status: {health: {status: Suspended}}", "Suspended", NULL},
        {"status: {health: {status: odd}}", "Unknown", NULL},
    };
    static const struct health_case sets[] = {
        {"status: {conditions: [{type: ResourcesUpToDate, status: 'True'}, {type: ErrorOccurred, "
         "status: 'True', message: e}]}",
         "Degraded", "e"},
        {"status: {conditions: [{type: RolloutProgressing, status: 'True', message: r}, {type: "
         "ResourcesUpToDate, status: 'True'}]}",
         "Progressing", "r"},
        {"status: {conditions: [{type: ErrorOccurred, status: 'False'}, {type: ResourcesUpToDate, "
         "status: 'True', message: u}]}",
         "Healthy", "u"},
        {"status: {conditions: [{type: ResourcesUpToDate, status: 'False', message: u}]}",
         "Degraded", "u"},
        {"spec: {}", "Progressing", "Waiting for the status to be reported"},
    };
    static const struct health_case certificates[] = {
        {"status: {conditions: [{type: Ready, status: 'False', message: r}, {type: Issuing, "
         "status: 'True', message: i}]}",
         "Progressing", "i"},
        {"status: {conditions: [{type: Ready, status: 'False', message: r}]}", "Degraded", "r"},
        {"status: {conditions: [{type: Ready, status: 'True', message: r}]}", "Healthy", "r"},
        {"spec: {}", "Progressing", "Waiting for certificate"},
    };
    static const struct health_case secrets[] = {
        {"status: {conditions: [{type: Ready, status: 'False', message: r}]}", "Degraded", "r"},
        {"status: {conditions: [{type: Ready, status: 'True', message: r}]}", "Healthy", "r"},
        {"spec: {}", "Progressing", "Waiting for ExternalSecret"},
        {"spec: {refreshPolicy: OnChange}\nstatus: {refreshTime: '2026-01-02', conditions: [{type: "
         "Ready, status: 'True', message: r, lastTransitionTime: '2026-01-01'}]}",
         "Progressing", "Waiting for ExternalSecret"},
        {"spec: {refreshPolicy: OnChange}\nstatus: {refreshTime: '2026-01-02', conditions: [{type: "
         "Ready, status: 'True', message: r, lastTransitionTime: '2026-01-02'}]}",
         "Healthy", "r"},
        {"spec: {refreshPolicy: Periodic}\nstatus: {refreshTime: '2026-01-02', conditions: [{type: "
         "Ready, status: 'False', message: r, lastTransitionTime: '2026-01-01'}]}",
         "Degraded", "r"},
    };

    EXPECT_HEALTH("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n", workflows);
    EXPECT_HEALTH("apiVersion: argoproj.io/v1alpha1\nkind: Application\n", applications);
    EXPECT_HEALTH("apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n", sets);
    EXPECT_HEALTH("apiVersion: cert-manager.io/v1\nkind: Certificate\n", certificates);
    EXPECT_HEALTH("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n", secrets);
}

TEST(custom_resources_by_their_conditions)
{
    static const struct health_case cases[] = {
        {"status: {conditions: [{type: Ready, status: 'True', message: m}]}", "Healthy", "m"},
        {"status: {observedGeneration: 2, conditions: [{type: Ready, status: 'True'}]}", "Healthy",
         NULL},
        {"status: {observedGeneration: 3, conditions: [{type: Ready, status: 'True'}]}", "Healthy",
         NULL},
        {"status: {conditions: [{type: Ready, status: 'False', reason: Failed, message: m}]}",
         "Degraded", "m"},
        {"status: {conditions: [{type: Ready, status: 'False'}]}", "Degraded", NULL},
        {"status: {conditions: [{type: Ready, status: 'False', reason: ProgressDeadlineExceeded}]}",
         "Degraded", NULL},
        {"status: {conditions: [{type: Ready, status: 'False', reason: Pending, message: m}]}",
         "Progressing", "m"},
        {"status: {conditions: [{type: Ready, status: 'False', reason: DependencyNotReady}]}",
         "Progressing", NULL},
        {"status: {conditions: [{type: Ready, status: 'False', reason: Progressing}]}",
         "Progressing", NULL},
        {"status: {conditions: [{type: Ready, status: Unknown, message: m}]}", "Progressing", "m"},
        {"status: {conditions: [{type: Ready}]}", "Progressing", NULL},
        /* the spec was not seen yet */
        {"status: {observedGeneration: 1, conditions: [{type: Ready, status: 'True'}]}",
         "Progressing", "Waiting for the current generation to be observed"},
        {"status: {observedGeneration: 1}", "Progressing",
         "Waiting for the current generation to be observed"},
        {"status: {observedGeneration: 2, conditions: [{type: Ready, status: 'False', "
         "observedGeneration: 1}]}",
         "Progressing", "Waiting for the current generation to be observed"},
        {"status: {observedGeneration: '1', conditions: [{type: Ready, status: 'True'}]}",
         "Healthy", NULL},
        /* stalled and reconciling say more than ready */
        {"status: {conditions: [{type: Ready, status: Unknown}, {type: Stalled, status: 'True', "
         "message: stuck}]}",
         "Degraded", "stuck"},
        {"status: {conditions: [{type: Stalled, status: 'True', message: stuck}]}", "Degraded",
         "stuck"},
        {"status: {conditions: [{type: Stalled, status: 'False'}, {type: Ready, status: 'True'}]}",
         "Healthy", NULL},
        {"status: {conditions: [{type: Ready, status: 'False', reason: Failed}, {type: "
         "Reconciling, status: 'True', message: retrying}]}",
         "Progressing", "retrying"},
        {"status: {conditions: [{type: Reconciling, status: 'True'}]}", "Progressing", NULL},
        {"status: {conditions: [{type: Reconciling, status: 'False'}, {type: Ready, status: "
         "'True'}]}",
         "Healthy", NULL},
        /* nothing is said */
        {"status: {conditions: []}", NULL, NULL},
        {"status: {conditions: [{type: Accepted, status: 'False'}]}", NULL, NULL},
        {"status: {observedGeneration: 2}", NULL, NULL},
        {"status: {conditions: [{type: Stalled, status: 'False'}]}", NULL, NULL},
        {"status: {conditions: text}", NULL, NULL},
        {"status: text", NULL, NULL},
        {"spec: {}", NULL, NULL},
    };

    EXPECT_HEALTH("apiVersion: example.com/v1\nkind: Widget\nmetadata: {generation: 2}\n", cases);
}

TEST(kinds_of_kubernetes_itself_are_not_judged_by_a_convention)
{
    static const struct health_case cases[] = {
        {"{apiVersion: v1, kind: Node, status: {conditions: [{type: Ready, status: 'False'}]}}",
         NULL, NULL},
        {"{apiVersion: v1.2, kind: Odd, status: {conditions: [{type: Ready, status: 'False'}]}}",
         NULL, NULL},
        {"{apiVersion: autoscaling/v1.5, kind: Odd, status: {conditions: [{type: Ready}]}}", NULL,
         NULL},
        {"{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy}", NULL, NULL},
    };

    EXPECT_HEALTH("", cases);
}

TEST(what_a_script_came_to)
{
    static const struct {
        const char *error, *status, *message, *want, *want_message;
    } cases[] = {
        {NULL, "Healthy", "m", "Healthy", "m"},
        {NULL, "Missing", "", "Missing", ""},
        {NULL, "", "m", NULL, NULL},
        {NULL, "healthy", "m", "Unknown", "Lua returned an invalid health status"},
        {NULL, "none", "m", "Unknown", "Lua returned an invalid health status"},
        {NULL, NULL, NULL, "Unknown", "Lua returned an invalid health status"},
        {"health.lua:1: no", NULL, NULL, "Unknown", "health.lua:1: no"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum health_status status;
        const char *message = cases[i].message;

        EXPECT_INT(health_of_script(cases[i].error, cases[i].status, &status, &message),
                   cases[i].want != NULL);
        if (!cases[i].want)
            continue;
        EXPECT_STR(health_status_name(status), cases[i].want);
        EXPECT_STR(message, cases[i].want_message);
    }
}
