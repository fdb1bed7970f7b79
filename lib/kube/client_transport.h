/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_transport: the HTTP client that fits the credential's current certificates. When these
 * change, new calls get a new one, and the old one goes with its last call.
 */
#ifndef GITOPSD_LIB_KUBE_CLIENT_TRANSPORT_H
#define GITOPSD_LIB_KUBE_CLIENT_TRANSPORT_H

#include "lib/kube/credential.h"
#include "lib/net/http.h"

struct transport {
    struct http_client *http; /* NULL after transport_close */
    uint64_t generation;
    unsigned refs;
};

struct transport *transport_new(uv_loop_t *loop, const struct kube_config *config,
                                const struct kube_auth *auth, struct fence *fence);
struct transport *transport_ref(struct transport *t);
void transport_unref(struct transport *t);
/* End all requests now; their `done` runs. */
void transport_close(struct transport *t);

#endif
