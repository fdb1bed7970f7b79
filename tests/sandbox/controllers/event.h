/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event: what the controllers, the scheduler and the kubelet tell of what they do, as Events of the
 * objects, for `kubectl describe` and `kubectl get events`: those that people look at, in the words
 * of the real ones. What is told again counts one more.
 */
#ifndef GITOPSD_TESTS_SANDBOX_CONTROLLERS_EVENT_H
#define GITOPSD_TESTS_SANDBOX_CONTROLLERS_EVENT_H

#include "tests/sandbox/sandbox.h"

#define EVENT_KUBELET "kubelet"
#define EVENT_SCHEDULER "default-scheduler"

struct event_kind {
    const char *component; /* who tells it */
    const char *reason;
    bool is_warning;
    const char *container; /* of the Pod, that it is about; NULL: all of the object */
};

/* `object` is kept for the call. */
void event_tell(struct sandbox *s, const json_t *object, const struct event_kind *what,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Create (takes `pod`) or delete a Pod for its owner, and tell it of the owner. */
void event_create_pod(struct sandbox *s, const json_t *owner, json_t *pod);
void event_delete_pod(struct sandbox *s, const json_t *owner, const json_t *pod);

#endif
