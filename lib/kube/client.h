/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client: REST calls to one Kubernetes API server.
 * The client adds credentials (re-reading a token file that changed, running an exec plugin when
 * its credential is missing or expired; on a 401 the credential is renewed and the request sent
 * once more), keeps at most `max_in_flight` non-watch requests on the wire (the others wait in
 * order), and turns metav1.Status answers into errors.
 * Thread: the loop thread.
 * Errors: kinds by status: 400, 405, 406, 415, 422 ERROR_INVALID; 401, 403 ERROR_DENIED; 404
 *         ERROR_NOT_FOUND; 409 ERROR_CONFLICT; 410 ERROR_EXPIRED; 413 ERROR_TOO_LARGE; 408, 504
 *         ERROR_TIMEOUT; 429, 5xx ERROR_UNAVAILABLE. error_code() is the HTTP status,
 *         error_retry_after_ms() the server's wish. The message is the Status message.
 */
#ifndef GITOPSD_LIB_KUBE_CLIENT_H
#define GITOPSD_LIB_KUBE_CLIENT_H

#include "lib/kube/config.h"
#include "lib/kube/resource.h"
#include "lib/net/fence.h"

#include <jansson.h>
#include <uv.h>

struct kube_client;

/* `config` is copied. max_in_flight 0: 100. */
struct kube_client *kube_client_new(uv_loop_t *loop, const struct kube_config *config,
                                    unsigned max_in_flight);
/* Cancels everything; each `done` runs before this returns, and must not start another call. The
 * memory goes when the loop ran once more. */
void kube_client_free(struct kube_client *client);
/* The same client, acting as another user: its calls carry Impersonate-User, which `client` has to
 * be permitted. It shares everything else, and may be freed at any time: its calls go on. */
struct kube_client *kube_client_as(struct kube_client *client, const char *user);
/* Asked before a call that may change something is sent, and once more when its connection stands:
 * false ends it with ERROR_CANCELED. It counts for those that act as another user, too. */
typedef bool kube_may_write_fn(void *arg);
void kube_client_set_gate(struct kube_client *client, kube_may_write_fn *may_write, void *arg);
/* Around all its connections; before its first call. */
void kube_client_set_fence(struct kube_client *client, struct fence *fence);
/* Send a call again, at most so many times and within its timeout, when the server answers 429 or
 * 5xx with Retry-After. 0, the default: the caller decides. */
#define KUBE_PATIENCE 10 /* of client-go (rest.Request) */
void kube_client_set_patience(struct kube_client *client, unsigned times);
/* Cancel all calls that may change something; their `done` runs from the loop. */
void kube_client_cancel_writes(struct kube_client *client);
const char *kube_client_server(const struct kube_client *client);
uv_loop_t *kube_client_loop(const struct kube_client *client);
/* A limit of time as it holds here: what tests say with GITOPSD_TEST_HASTE divides it, because they
 * cannot wait for minutes. Every timeout of a call passes through it. */
uint64_t kube_limit_ms(uint64_t ms);

/* The lists of this client that run and wait; for list.c. */
struct list_gate {
    struct list *first; /* of those that wait, in order */
    unsigned running;
};
struct list_gate *kube_client_list_gate(struct kube_client *client);
/* Requests sent since the start, watches apart; for metrics. */
uint64_t kube_client_requests(const struct kube_client *client);

/* Monotonic: since when the call is on the wire that is for the longest, watches apart; 0: none is.
 */
uint64_t kube_client_busy_since_ms(const struct kube_client *client);

struct kube_call;
/* `object` is the parsed JSON answer (borrowed; NULL on error and for an answer without JSON).
 * Exactly once, never before kube_call_start returns. */
typedef void kube_done_fn(void *arg, const json_t *object, const struct error *err);

struct kube_call_spec {
    const char *method;
    const char *path;         /* from the server's root, with query */
    const char *content_type; /* of the body */
    const char *accept;       /* NULL: application/json */
    const char *body;         /* NULL: none */
    size_t body_len;
    bool is_dry_run;     /* it changes nothing, though it is no GET */
    uint64_t timeout_ms; /* 0: 30,000; counted from when it is sent */
};
struct kube_call *kube_call_start(struct kube_client *client, const struct kube_call_spec *spec,
                                  kube_done_fn *done, void *arg);
/* Ask for an early end; `done` still runs, with ERROR_CANCELED, from the loop. */
void kube_call_cancel(struct kube_call *call);

/* A call whose 2xx body is handed over as it arrives, unparsed (a watch, a log). Not counted
 * against max_in_flight. timeout_ms 0: none. No byte for idle_timeout_ms: ERROR_TIMEOUT.
 * `done` gets a NULL object. The first `data` comes with the headers of the answer, with len 0. */
typedef void kube_data_fn(void *arg, const char *data, size_t len);
struct kube_call *kube_stream_start(struct kube_client *client, const struct kube_call_spec *spec,
                                    uint64_t idle_timeout_ms, kube_data_fn *data,
                                    kube_done_fn *done, void *arg);

struct kube_call *kube_get(struct kube_client *client, const struct kube_resource *r,
                           const char *ns, const char *name, kube_done_fn *done, void *arg);
/* Server-side apply: PATCH application/apply-patch+yaml with this field manager. `body` is JSON
 * text. field_validation: "Strict", "Warn", "Ignore" or NULL (the server's default). */
struct kube_apply_options {
    const char *field_manager;
    bool force; /* of server-side apply only */
    bool dry_run;
    const char *field_validation;
};
/* POST; `options` may be NULL. */
struct kube_call *kube_create(struct kube_client *client, const struct kube_resource *r,
                              const char *ns, const json_t *object,
                              const struct kube_apply_options *options, kube_done_fn *done,
                              void *arg);
/* PUT; the resourceVersion in `object` is a precondition. */
struct kube_call *kube_replace(struct kube_client *client, const struct kube_resource *r,
                               const char *ns, const char *name, const json_t *object,
                               const struct kube_apply_options *options, kube_done_fn *done,
                               void *arg);
struct kube_call *kube_apply(struct kube_client *client, const struct kube_resource *r,
                             const char *ns, const char *name, const char *body, size_t body_len,
                             const struct kube_apply_options *options, kube_done_fn *done,
                             void *arg);
/* PATCH application/merge-patch+json. */
struct kube_call *kube_merge_patch(struct kube_client *client, const struct kube_resource *r,
                                   const char *ns, const char *name, const json_t *patch,
                                   kube_done_fn *done, void *arg);
/* PATCH application/json-patch+json. */
struct kube_call *kube_json_patch(struct kube_client *client, const struct kube_resource *r,
                                  const char *ns, const char *name, const json_t *patch,
                                  kube_done_fn *done, void *arg);
/* Preconditions may be NULL. propagation: "Foreground", "Background", "Orphan" or NULL. */
struct kube_call *kube_delete(struct kube_client *client, const struct kube_resource *r,
                              const char *ns, const char *name, const char *uid,
                              const char *resource_version, const char *propagation,
                              kube_done_fn *done, void *arg);

#endif
