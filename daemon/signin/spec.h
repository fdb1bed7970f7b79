/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spec: what a repository's Secret says about signing in at a token server, in one form.
 * Source: Argo CD (argocd-behaviour, 7.1 and 7.2): a GitHub App, else a Google service account,
 * else an Azure workload identity, else an Azure service principal.
 * Thread: any, one at a time for each spec.
 */
#ifndef GITOPSD_DAEMON_SIGNIN_SPEC_H
#define GITOPSD_DAEMON_SIGNIN_SPEC_H

#include "lib/base/error.h"

#include <jansson.h>

enum signin_kind { SIGNIN_GITHUB_APP, SIGNIN_GOOGLE, SIGNIN_AZURE_WORKLOAD, SIGNIN_AZURE_SECRET };

struct signin_spec {
    enum signin_kind kind;
    char *secret;       /* its name, for messages */
    char *server;       /* URL of the token server, without a slash at its end */
    char *id;           /* GitHub: the App's; Google: the account's mail; Azure: the client's */
    char *installation; /* GitHub; NULL: found by the owner of the repository */
    char *tenant;       /* Azure */
    char *key;          /* PEM; Azure: the client's secret, or the path of the Pod's token */
    char *key_id;       /* Google; NULL: none */
};

/* Of a Secret of the type repo-creds (`is_template`) or repository. *out is NULL where it holds
 * nothing of the kind; ERROR_INVALID: it does, and what is missing or wrong. */
int signin_spec_parse(const json_t *secret, bool is_template, struct signin_spec **out,
                      struct error **err);
struct signin_spec *signin_spec_copy(const struct signin_spec *spec);
/* Overwrites what it held. */
void signin_spec_free(struct signin_spec *spec);

/* "a GitHub App", for messages. */
const char *signin_kind_text(enum signin_kind kind);

DEFINE_CLEANUP(signin_spec, struct signin_spec, signin_spec_free)
#define cleanup_signin_spec __attribute__((cleanup(cleanup_signin_spec_fn)))

#endif
