/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render_remote: answers the kustomize engine's questions about what is elsewhere, from what has
 * been fetched. What is not here yet fails the build and sets `waits`; every allowed question is
 * noted, so that it is followed from then on.
 * Thread: the one that renders.
 */
#ifndef GITOPSD_DAEMON_RENDER_RENDER_REMOTE_H
#define GITOPSD_DAEMON_RENDER_RENDER_REMOTE_H

#include "daemon/source/remotes.h"
#include "kustomize/options.h"

struct render_remote {
    const struct strvec *allowed;   /* --allow-remote; NULL: nothing */
    const struct remote_view *view; /* may be NULL */
    struct ptrvec questions;        /* out: struct remote_question */
    bool waits;                     /* out: something is not here yet */
    bool failed;                    /* out: something cannot be had, and was said to be so */
    bool damaged;                   /* out: a clone cannot be read */
    struct ptrvec repositories;     /* open while the build runs */
    struct kustomize_resolver resolver;
};

/* Fills `resolver`, to be used while `r` stays where it is. */
void render_remote_init(struct render_remote *r, const struct strvec *allowed,
                        const struct remote_view *view);
/* The build is over: its trees are gone. */
void render_remote_close(struct render_remote *r);
void render_remote_clear(struct render_remote *r);

#endif
