/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finalizers: what holds an Application until its deletion has been seen to. Only our own are ever
 * added or taken away. Source: Argo CD (argocd-behaviour, 1.10).
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_FINALIZERS_H
#define GITOPSD_DAEMON_FINALIZERS_H

#include "daemon/daemon.h"

#include <jansson.h>

/* A set of these is kept in app->finalizer_bits. */
enum app_finalizer {
    FINALIZER_CASCADE = 1 << 0,    /* what it deployed is deleted first */
    FINALIZER_FOREGROUND = 1 << 1, /* ... in the foreground: says how, beside FINALIZER_CASCADE */
    FINALIZER_PRE_DELETE = 1 << 2, /* its PreDelete hooks run before that ... */
    FINALIZER_PRE_DELETE_CLEANUP = 1 << 3, /* ... and are deleted at the end, by their policies */
    FINALIZER_POST_DELETE = 1 << 4,        /* its PostDelete hooks run after that; likewise */
    FINALIZER_POST_DELETE_CLEANUP = 1 << 5,
};
#define FINALIZERS_OF_HOOKS                                                                        \
    (FINALIZER_PRE_DELETE | FINALIZER_PRE_DELETE_CLEANUP | FINALIZER_POST_DELETE |                 \
     FINALIZER_POST_DELETE_CLEANUP)
#define FINALIZERS_OF_OURS (FINALIZER_CASCADE | FINALIZERS_OF_HOOKS)

/* Those of a list of metadata.finalizers. */
unsigned finalizers_read(const json_t *list);

/* Is it being deleted, with a part for us to do? */
bool finalizers_ask_us(const struct app *app);
/* ... and are its manifests needed for it: hooks that are to run? */
bool finalizers_want_render(const struct app *app);

/* Add and take away these, of exactly this version of the object. Nothing happens while another
 * such request is under way; its answer schedules the application. */
void finalizers_change(struct daemon *d, struct app *app, unsigned add, unsigned remove);

/* Make those of hooks what the manifests ask for. */
void finalizers_follow_hooks(struct daemon *d, struct app *app);

#endif
