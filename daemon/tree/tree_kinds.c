/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/tree/tree_kinds.h"

/* What built-in kinds have below them, in the order in which it is listed. */
enum child {
    CHILD_DEPLOYMENT,
    CHILD_STATEFUL_SET,
    CHILD_DAEMON_SET,
    CHILD_REPLICA_SET,
    CHILD_CRON_JOB,
    CHILD_JOB,
    CHILD_CONTROLLER_REVISION,
    CHILD_SERVICE,
    CHILD_ENDPOINT_SLICE,
    CHILD_ENDPOINTS,
    CHILD_CLAIM,
    CHILD_POD,
    CHILD_COUNT,
};
#define BIT(child) (1u << (child))
#define EVERY_CHILD ((1u << CHILD_COUNT) - 1)

static const struct {
    const char *group;
    const char *kind;
    unsigned children; /* BITs */
} kinds[CHILD_COUNT] = {
    [CHILD_DEPLOYMENT] = {"apps", "Deployment", BIT(CHILD_REPLICA_SET) | BIT(CHILD_POD)},
    [CHILD_STATEFUL_SET] = {"apps", "StatefulSet",
                            BIT(CHILD_CONTROLLER_REVISION) | BIT(CHILD_CLAIM) | BIT(CHILD_POD)},
    [CHILD_DAEMON_SET] = {"apps", "DaemonSet", BIT(CHILD_CONTROLLER_REVISION) | BIT(CHILD_POD)},
    [CHILD_REPLICA_SET] = {"apps", "ReplicaSet", BIT(CHILD_POD)},
    [CHILD_CRON_JOB] = {"batch", "CronJob", BIT(CHILD_JOB) | BIT(CHILD_POD)},
    [CHILD_JOB] = {"batch", "Job", BIT(CHILD_POD)},
    [CHILD_CONTROLLER_REVISION] = {"apps", "ControllerRevision", 0},
    [CHILD_SERVICE] = {"", "Service", BIT(CHILD_ENDPOINT_SLICE) | BIT(CHILD_ENDPOINTS)},
    [CHILD_ENDPOINT_SLICE] = {"discovery.k8s.io", "EndpointSlice", 0},
    [CHILD_ENDPOINTS] = {"", "Endpoints", 0},
    [CHILD_CLAIM] = {"", "PersistentVolumeClaim", 0},
    [CHILD_POD] = {"", "Pod", 0},
};

static unsigned children_of(const char *group, const char *kind)
{
    for (size_t i = 0; i < CHILD_COUNT; i++)
        if (streq(kinds[i].group, group) && streq(kinds[i].kind, kind))
            return kinds[i].children;
    if (streq(group, "") && streq(kind, "ReplicationController"))
        return BIT(CHILD_POD);
    if (streq(group, "argoproj.io") && (streq(kind, "Application") || streq(kind, "AppProject")))
        return 0;
    /* Kinds of others may own anything; Kubernetes' own, that are not above, own nothing. */
    return strchr(group, '.') && !str_has_suffix(group, ".k8s.io") ? EVERY_CHILD : 0;
}

bool tree_has_children(const char *group, const char *kind)
{
    return children_of(group, kind) != 0;
}

static void each_of_group(const struct kube_discovery *d, const char *group, tree_kind_fn *each,
                          void *arg)
{
    for (size_t i = 0; i < kube_discovery_count(d); i++) {
        const struct kube_resource *r = kube_discovery_at(d, i);

        if (streq(r->group, group))
            each(arg, r);
    }
}

void tree_child_kinds(const struct kube_discovery *d, const char *group, const char *kind,
                      tree_kind_fn *each, void *arg)
{
    unsigned children = children_of(group, kind);

    if (children == EVERY_CHILD)
        each_of_group(d, group, each, arg);
    for (size_t i = 0; i < CHILD_COUNT; i++) {
        const struct kube_resource *r =
            children & BIT(i) ? kube_discovery_preferred(d, kinds[i].group, kinds[i].kind) : NULL;

        if (r)
            each(arg, r);
    }
}
