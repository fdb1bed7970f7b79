/* SPDX-License-Identifier: Apache-2.0 */
/*
 * method: what the kinds of sign-in do differently in an exchange: what they show a token server,
 * what they ask it, and how they read its answers. Inside daemon/signin only.
 */
#ifndef GITOPSD_DAEMON_SIGNIN_METHOD_H
#define GITOPSD_DAEMON_SIGNIN_METHOD_H

#include "daemon/signin/exchange.h"
#include "lib/base/buf.h"
#include "lib/base/vec.h"

/* One request to a token server. */
struct signin_call {
    const char *method;
    char *url;
    struct strvec headers;
    struct buf body; /* a form; empty: none */
};

/* What an exchange knows by now. */
struct signin_state {
    const struct signin_spec *spec;
    const char *owner;        /* of the repository; lower case */
    const char *assertion;    /* NULL: the method makes none */
    const char *installation; /* GitHub; NULL: to be found */
    unsigned page;            /* of the list in which it is looked for, from 1 */
};

struct signin_method {
    /* Worker thread: what proves who we are. NULL: the key itself does. Heap string. */
    int (*assert_identity)(const struct signin_spec *spec, char **assertion, struct error **err);
    /* NULL: there is nothing to find first. */
    void (*ask_installation)(const struct signin_state *s, struct signin_call *call);
    /* NULL in *installation: it is on a later page. */
    int (*read_installation)(const struct signin_state *s, const json_t *answer,
                             char **installation, struct error **err);
    void (*ask_token)(const struct signin_state *s, struct signin_call *call);
    int (*read_token)(const struct signin_state *s, const json_t *answer,
                      struct signin_token *token, struct error **err);
    const char *if_denied;  /* remedy */
    const char *if_missing; /* remedy of a 404 */
};

extern const struct signin_method signin_github;          /* github.c */
extern const struct signin_method signin_google;          /* oauth.c */
extern const struct signin_method signin_azure_workload;  /* oauth.c */
extern const struct signin_method signin_azure_principal; /* oauth.c */

#endif
