/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credential: what a client presents to the API server, kept fresh.
 * A static credential is handed over as configured. A token file is read again when it changed,
 * looked at most once per second. An exec plugin runs when its credential is missing, expired (with
 * 10 s of margin) or was refused; gets that come while it runs wait for the same run.
 * Thread: the loop thread. `done` may call everything here, kube_credential_free() included.
 * Memory: `config` is borrowed and must outlive the credential. `auth` is borrowed: valid until the
 *         next call on the credential or the end of `done`, whichever comes first.
 * Errors: ERROR_DENIED the plugin failed or its answer is unusable, ERROR_TIMEOUT it took more than
 *         60 s, ERROR_NOT_FOUND a file or command is missing, ERROR_CANCELED after
 *         kube_credential_cancel() or _free(). No message holds what the plugin printed on its
 *         standard output, or the content of a file.
 */
#ifndef GITOPSD_LIB_KUBE_CREDENTIAL_H
#define GITOPSD_LIB_KUBE_CREDENTIAL_H

#include "lib/kube/config.h"

#include <uv.h>

struct kube_credential;

struct kube_credential *kube_credential_new(uv_loop_t *loop, const struct kube_config *config);
/* Every waiting `done` runs with ERROR_CANCELED; a running plugin is killed. Handles close later:
 * run the loop until it is empty. */
void kube_credential_free(struct kube_credential *c);

struct kube_auth {
    const char *authorization;   /* header value, "Bearer ..." or "Basic ..."; NULL: none */
    const char *client_cert_pem; /* NULL: none */
    const char *client_key_pem;
    const char *ca_pem;  /* config->ca_pem, or what its file holds now; NULL: the system's */
    uint64_t generation; /* changes when certificate, key or CA must be loaded again */
};

typedef void kube_credential_done_fn(void *arg, const struct kube_auth *auth,
                                     const struct error *err);

/* `done` runs exactly once: before this returns if the credential is at hand, else when the exec
 * plugin ended. */
void kube_credential_get(struct kube_credential *c, kube_credential_done_fn *done, void *arg);
/* The waiting get with this `arg` ends at once with ERROR_CANCELED; without one nothing happens. */
void kube_credential_cancel(struct kube_credential *c, void *arg);
/* After a 401: renew at the next get. */
void kube_credential_expire(struct kube_credential *c);

DEFINE_CLEANUP(kube_credential, struct kube_credential, kube_credential_free)

#endif
