/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: what the built-in health checks share; nobody else includes it.
 * A check reads one live object and fills a verdict.
 */
#ifndef GITOPSD_DAEMON_HEALTH_CHECK_H
#define GITOPSD_DAEMON_HEALTH_CHECK_H

#include "daemon/health/builtin.h"

struct verdict {
    enum health_status status;
    char *message; /* NULL: nothing to say */
};

typedef struct verdict health_check_fn(const json_t *object);

struct verdict verdict_of(enum health_status status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A message of the object's own; NULL or empty: none. */
struct verdict verdict_text(enum health_status status, const char *message);

/* Follow a path of names ended by NULL; NULL means absent. */
const json_t *object_at(const json_t *object, ...) __attribute__((sentinel));
/* The text of a field; "" where it is absent or no string. */
const char *object_text(const json_t *object, const char *field);
long long object_number(const json_t *object, const char *field); /* 0 where absent */

/* status.conditions[type]; NULL means absent. */
const json_t *condition_find(const json_t *object, const char *type);
bool condition_is(const json_t *condition, const char *status);

health_check_fn check_deployment, check_stateful_set, check_daemon_set, check_replica_set;
health_check_fn check_pod, check_job, check_cron_job;
health_check_fn check_ingress, check_service, check_volume_claim, check_autoscaler;
health_check_fn check_disruption_budget, check_api_service, check_crd;
health_check_fn check_workflow, check_application, check_application_set, check_certificate;
health_check_fn check_external_secret;

/* A custom resource without a check of its own. False: its state says nothing. */
bool check_generic(const json_t *object, struct verdict *out);

#endif
