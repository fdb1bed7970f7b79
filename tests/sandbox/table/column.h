/* SPDX-License-Identifier: Apache-2.0 */
/*
 * column: the columns of built-in kinds as kubectl shows them. A cell is what stands at a path, or
 * what a function makes of the object.
 * Source: Kubernetes, pkg/printers/internalversion/printers.go.
 */
#ifndef GITOPSD_TESTS_SANDBOX_TABLE_COLUMN_H
#define GITOPSD_TESTS_SANDBOX_TABLE_COLUMN_H

#include <jansson.h>
#include <stddef.h>

typedef json_t *cell_fn(const json_t *object); /* a new value */

struct column {
    const char *kind;
    const char *name;
    const char *type;   /* NULL: string */
    const char *path;   /* where there is no `cell` */
    const char *absent; /* what stands for a value that is not there; NULL: 0 */
    cell_fn *cell;
    int priority; /* 1: with -o wide only */
};

/* Those of a kind stand together, in their order, behind Name. */
extern const struct column table_columns[];
extern const size_t table_columns_len;

/* ---- what cells are made of (cell.c) ---- */

/* "" and 0 where nothing is. */
const char *cell_text(const json_t *object, const char *path);
json_int_t cell_number(const json_t *object, const char *path);
/* As kubectl: the largest units that say enough. Of a time, or of none: "<unknown>". */
json_t *cell_age(const char *since);
json_t *cell_duration(int64_t seconds);
/* "1/2" */
json_t *cell_ratio(json_int_t part, json_int_t whole);
/* "a=1,b=2"; "<none>" */
json_t *cell_labels(const json_t *labels);
/* The texts at `path` of each item, with `separator`; at most `max` of them (0: all), then how many
 * more; `absent` where there are none. */
json_t *cell_join(const json_t *items, const char *path, const char *separator, size_t max,
                  const char *absent);

/* ---- cells ---- */

cell_fn cell_created, cell_containers, cell_images, cell_selector, cell_data, cell_replicas,
    cell_webhooks; /* cell.c */
cell_fn cell_pod_ready, cell_pod_status, cell_pod_restarts, cell_readiness_gates, cell_node_status,
    cell_node_roles, cell_internal_ip, cell_external_ip; /* cell_pod.c */
cell_fn cell_job_status, cell_completions, cell_job_duration, cell_cron_last, cell_cron_active,
    cell_cron_suspend, cell_node_selector, cell_controller, cell_scaled, cell_targets,
    cell_min_pods, cell_budget_min, cell_budget_max; /* cell_workload.c */
cell_fn cell_ports, cell_external, cell_endpoints, cell_slice_ports, cell_slice_endpoints,
    cell_hosts, cell_ingress_address, cell_ingress_ports, cell_parameters; /* cell_network.c */
cell_fn cell_event_seen, cell_event_object, cell_event_source, cell_event_first, cell_claim_status,
    cell_claim_capacity, cell_access_modes, cell_claim_of, cell_expandable, cell_quota_requests,
    cell_quota_limits, cell_role, cell_users, cell_groups, cell_accounts, cell_param_kind,
    cell_param_ref, cell_is_global; /* cell_other.c */

#endif
