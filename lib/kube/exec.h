/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: run an exec credential plugin once.
 * Its standard input is empty, its standard error is ours, its standard output is an
 * ExecCredential of at most 1 MiB; it has 60 s.
 * Thread: the loop thread.
 * Memory: the config is borrowed until `done` ran. What `done` receives is borrowed. The run frees
 *         itself when its process ended.
 * Errors: ERROR_NOT_FOUND the command does not exist, ERROR_DENIED it failed or its answer is
 *         unusable, ERROR_TIMEOUT, ERROR_TOO_LARGE. The installHint is part of the message.
 */
#ifndef GITOPSD_LIB_KUBE_EXEC_H
#define GITOPSD_LIB_KUBE_EXEC_H

#include "lib/kube/config.h"

#include <uv.h>

#define EXEC_OUTPUT_MAX_BYTES (1u << 20)
#define EXEC_TIMEOUT_MS 60000

struct exec_credential {
    char *token;           /* NULL: none */
    char *client_cert_pem; /* NULL: none */
    char *client_key_pem;
    int64_t expires_ms; /* wall time; 0: it does not say */
};

void exec_credential_clear(struct exec_credential *credential);
/* The plugin's answer, which must be of `api_version`. */
int exec_credential_parse(const char *text, size_t len, const char *api_version,
                          struct exec_credential *out, struct error **err);

/* The value of KUBERNETES_EXEC_INFO for this configuration. Heap string. */
char *kube_exec_info(const struct kube_config *config);

struct kube_exec_run;
/* `credential` may be emptied by `done` to take what is in it; it is NULL on error. */
typedef void kube_exec_done_fn(void *arg, struct exec_credential *credential,
                               const struct error *err);

/* NULL and *err where it cannot be started; else `done` runs once, later. timeout_ms 0:
 * EXEC_TIMEOUT_MS. */
struct kube_exec_run *kube_exec_start(uv_loop_t *loop, const struct kube_config *config,
                                      uint64_t timeout_ms, kube_exec_done_fn *done, void *arg,
                                      struct error **err);
/* Kills the plugin; `done` does not run. */
void kube_exec_cancel(struct kube_exec_run *run);

#endif
