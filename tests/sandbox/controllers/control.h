/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: what the simulated controllers have in common. Each looks at one object and does the
 * next thing; it is called again when that object or one that it owns changed.
 */
#ifndef GITOPSD_TESTS_SANDBOX_CONTROLLERS_CONTROL_H
#define GITOPSD_TESTS_SANDBOX_CONTROLLERS_CONTROL_H

#include "tests/sandbox/sandbox.h"

/* `object` is kept for the call. Returns in how many ms to look again; 0: when something changes.
 */
typedef unsigned control_fn(struct sandbox *s, const json_t *object);

control_fn control_pod, control_node, control_service, control_claim, control_ingress,
    control_replica_set, control_deployment, control_stateful_set, control_daemon_set, control_job,
    control_budget;

/* The endpoints of a Service. */
void control_endpoints(struct sandbox *s, const json_t *service);
void control_service_gone(struct sandbox *s, const char *ns, const char *name);

/* The Node on which all Pods run. */
void control_start(struct sandbox *s);
#define CONTROL_NODE "sandbox"
#define CONTROL_NODE_IP "192.0.2.1"

/* "deployments" and "Deployment". */
bool control_is_kind(const char *plural, const char *kind);

/* ---- writing; what is refused is left to the next look. All take `object` ---- */

void control_create(struct sandbox *s, const char *group, const char *plural, json_t *object);
/* The same; a new reference to what was made, NULL where it was refused. */
json_t *control_make(struct sandbox *s, const char *group, const char *plural, json_t *object);
void control_update(struct sandbox *s, const struct kind *kind, json_t *object,
                    const char *subresource);
/* Takes `status`; nothing happens where it is that already. */
void control_status(struct sandbox *s, const char *group, const char *plural, const json_t *object,
                    json_t *status);
void control_delete(struct sandbox *s, const char *group, const char *plural, const json_t *object);
/* Set spec.replicas. */
void control_scale(struct sandbox *s, const char *group, const char *plural, const json_t *object,
                   json_int_t replicas);

/* ---- reading ---- */

/* Those that `owner` controls: an array, a new reference. */
json_t *control_children(struct sandbox *s, const char *group, const char *plural,
                         const json_t *owner);
/* The Pods of a namespace that a LabelSelector means, in the order of their names: a new array. */
json_t *control_selected(struct sandbox *s, const char *ns, const json_t *selector);
json_int_t control_number(const json_t *object, const char *path);
/* What somebody wants, as far as it is simulated: so many Pods, so many seconds. */
#define CONTROL_PODS_MAX 1000
#define CONTROL_SECONDS_MAX 1000000000
json_int_t control_pods(const json_t *object, const char *path);
json_int_t control_seconds(const json_t *object, const char *path);
/* For a control_fn: look again when it is time, or in between. */
unsigned control_again(int64_t ms);
const char *control_text(const json_t *object, const char *path);
bool control_is_ready(const json_t *pod);
/* Since when it is ready, in ms since 1970; 0: it is not. */
int64_t control_ready_since(const json_t *pod);
/* A time of an object in ms since 1970; 0: there is none. */
int64_t control_time(const json_t *object, const char *path);
bool control_is_ending(const json_t *object);
/* A Pod that ended by itself. */
bool control_is_over(const json_t *pod);

/* ---- making ---- */

/* [{...controller: true}] */
json_t *control_owner(const json_t *object);
/* A Pod of a template, in the namespace of its owner. `name` or `base` (generateName) is NULL. */
json_t *control_pod_new(const json_t *owner, const json_t *template, const char *name,
                        const char *base);
/* A hash of the template, of `len` characters; heap string. */
char *control_template_hash(const json_t *template, size_t len);
/* A condition; its times stay those of `old` (a list of conditions) where nothing changed. */
json_t *control_condition(const json_t *old, const char *type, bool is_true, const char *reason,
                          const char *message);
void control_now(char out[32]);

#endif
