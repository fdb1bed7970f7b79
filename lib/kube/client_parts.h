/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_parts: inside a client only. client.c is what all calls share (places, rests, the gate),
 * client_call.c one call from its start to its answer. client_verb.c stands on client.h alone.
 */
#ifndef GITOPSD_LIB_KUBE_CLIENT_PARTS_H
#define GITOPSD_LIB_KUBE_CLIENT_PARTS_H

#include "lib/kube/client.h"
#include "lib/kube/client_transport.h"

/*
 * waiting for a place -> waiting for the credential -> sent -> (401: the credential once more;
 * busy: at rest until it is sent again) -> done.
 * ENDING: canceled or failed before it was sent; `done` runs from the loop.
 */
enum call_state { CALL_WAITING, CALL_AUTH, CALL_SENT, CALL_RESTING, CALL_ENDING, CALL_DONE };

struct kube_call {
    struct kube_client *client;
    struct kube_call *prev, *next;
    enum call_state state;
    bool is_stream;
    bool is_write;      /* it may change something: the gate counts */
    bool holds_place;   /* counted in client->in_flight */
    bool is_renewed;    /* this is the second try after a 401 */
    uint64_t placed_ms; /* monotonic: when it got its place */
    uint64_t again_ms;  /* monotonic: when it is sent again, CALL_RESTING */
    unsigned rests;     /* how often it was */
    uint64_t renewals;  /* of the client, when it was sent */
    char *method;
    char *path;
    char *content_type;
    char *accept;
    char *user; /* whom it impersonates; NULL: as the client does */
    char *body;
    size_t body_len;
    uint64_t timeout_ms;
    uint64_t idle_timeout_ms;
    struct transport *transport;
    struct http_request *http;
    struct error *err;
    kube_data_fn *data;
    kube_done_fn *done;
    void *arg;
};

struct kube_client {
    struct kube_client *base; /* of one that acts as another user: it has nothing else but that */
    char *user;
    struct kube_config *config;
    struct kube_credential *credential;
    struct transport *transport; /* for new calls; NULL before the first */
    uv_idle_t soon;
    uv_timer_t rest;  /* until the first of those that rest is sent again */
    unsigned handles; /* that are not closed */
    unsigned patience;
    struct kube_call *first, *last; /* all calls, in the order they were started */
    struct kube_call *next_waiting; /* no call before it is CALL_WAITING; may be NULL */
    unsigned in_flight;
    unsigned max_in_flight;
    size_t ending; /* calls in CALL_ENDING */
    uint64_t renewals;
    uint64_t requests;
    struct list_gate list_gate;
    kube_may_write_fn *may_write; /* NULL: always */
    void *may_write_arg;
    struct fence *fence; /* NULL: none */
    bool closing;
};

/* ---- client.c ---- */

/* Send what waits, as far as there are places. */
void client_pump(struct kube_client *c);
/* Wait until the first of those that rest is to be sent. */
void client_rest(struct kube_client *c);
/* Finish the calls in CALL_ENDING from the loop. */
void client_end_soon(struct kube_client *c);

/* ---- client_call.c ---- */

/* The only place that changes the state. */
void call_set_state(struct kube_call *call, enum call_state next);
/* Its error is ERROR_CANCELED for `why`, whatever it was before. */
void call_set_canceled(struct kube_call *call, const char *why);
/* Get the credential, then send it. */
void call_authorize(struct kube_call *call);
/* Tell the caller, give the place to the next one, and free the call. */
void call_finish(struct kube_call *call, const json_t *object);

#endif
