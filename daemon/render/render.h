/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: the sources of an application at their commits to desired objects, on worker threads.
 * Applications of the same commit are rendered in batches by one job each, and batches one after
 * the other share the open repository and the files that were parsed already, a common base for
 * example. A render is reused when everything that it read (struct tree_record) is the same in the
 * new commits; else all sources of the application are rendered again, and their objects follow
 * each other in the order of the sources. Thread: the loop thread; `done` runs there too.
 */
#ifndef GITOPSD_DAEMON_RENDER_RENDER_H
#define GITOPSD_DAEMON_RENDER_RENDER_H

#include "daemon/render/app_source.h"
#include "daemon/render/desired.h"
#include "daemon/source/remotes.h"
#include "lib/base/worker.h"
#include "lib/git/git.h"

struct renderer;

struct renderer *renderer_new(uv_loop_t *loop, struct worker_pool *pool);
/* Call when the pool is gone. What was not handed to it yet ends as ERROR_CANCELED, so that every
 * `done` has run. */
void renderer_free(struct renderer *r);
/* Renders that wait or run. Nothing may be pruned while there are any: an object that leaves one
 * application may be on its way to another. */
size_t renderer_pending(const struct renderer *r);

/* What the render of each source read. */
struct render_record;
void render_record_free(struct render_record *record);

/* One source at its commit. */
struct render_source {
    const char *repo_dir;
    char commit[GIT_OID_HEX_BYTES];
    const struct app_source *source;
};

struct render_input {
    const struct render_source *sources;
    size_t source_count;
    bool of_several; /* the sources are a list in the spec */
    const char *instance;
    const char *namespace; /* of the destination */
    const char *project;
    struct kube_discovery *discovery;  /* ref'd until done */
    struct settings *settings;         /* likewise */
    const struct strvec *allow_remote; /* patterns; NULL: nothing. Borrowed until done */
    struct remote_view *remotes;       /* takes; what is elsewhere, or NULL */
    struct render_record *record; /* takes; of the last render with the same options and the same
                                     remotes, or NULL */
};

struct render_output {
    bool reused;                 /* what was rendered last is right for these commits, too */
    struct desired_set *desired; /* NULL when reused or failed */
    struct render_record *record;
    struct strvec tools;            /* of each source: "Kustomize", "Directory", "": a mere ref */
    bool repo_damaged;              /* it failed because a clone cannot be read */
    bool waits;                     /* it failed because something asked for is not here yet */
    const struct ptrvec *questions; /* struct remote_question: what else it reads */
    uint64_t duration_us;
};

/* `out` is borrowed; the receiver moves out (TAKE) what it keeps. Exactly once. */
typedef void render_done_fn(void *arg, struct render_output *out, const struct error *err);

/* Everything in `input` is copied, but what is said to be taken. */
void render_start(struct renderer *r, const struct render_input *input, render_done_fn *done,
                  void *arg);

#endif
