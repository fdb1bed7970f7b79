/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orphans_watch: what has no owner, of one kind in one namespace, as its watch tells it (metadata
 * only). Kept is what an orphan is recognised by and shown with; of owned objects nothing, but for
 * StatefulSets, whose claims are recognised by their name.
 * Source: Argo CD (argocd-behaviour 2.8), and its inferred owners.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_ORPHANS_WATCH_H
#define GITOPSD_DAEMON_ORPHANS_WATCH_H

#include "daemon/object/identity.h"
#include "lib/base/map.h"
#include "lib/kube/watch.h"

/* Objects that are kept, of all watches together: some 200 bytes each. Room that becomes free is
 * used at the next list; a check comes every ten minutes. */
#define ORPHANS_MAX_KEPT 20000

struct orphan {
    char *instance; /* whose tracking id it carries; NULL: nobody's */
    char uid[37];
    bool owned; /* a StatefulSet only: it is no orphan */
    unsigned generation;
    uint64_t resource_version;
    uint32_t created_s; /* wall clock; 0: it says none */
};

/* What the watches share. */
struct orphan_host {
    struct kube_client *client;
    const struct tracking *tracking;
    size_t kept;                /* objects, of all watches */
    void (*changed)(void *arg); /* other orphans are possible */
    void *arg;
};

struct orphan_watch {
    struct orphan_host *host;
    struct kube_resource resource; /* its strings are `texts` */
    char *texts[4];
    char *namespace;
    struct kube_watch *watch;
    struct map objects; /* name -> struct orphan */
    bool left_out;      /* since its last list there was one too many */
    bool listed;        /* at least once, completely */
    char *failure;      /* why it was never listed, or cannot be any more; NULL: nothing is wrong */
    unsigned generation;
    bool in_check;
    bool wanted; /* while it is found out which are */
};

/* Are objects of this kind orphans at all? */
bool orphan_watch_is_for(const struct kube_resource *r);
/* `r` is copied. */
struct orphan_watch *orphan_watch_new(struct orphan_host *host, const struct kube_resource *r,
                                      const char *namespace);
void orphan_watch_free(struct orphan_watch *w);

#endif
