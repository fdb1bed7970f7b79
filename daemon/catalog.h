/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog: which Applications there are. They come from the cluster (watched) or from files
 * (--app), and reach the rest of the daemon by the same calls.
 * One with the annotation argocd.argoproj.io/skip-reconcile counts as if there were none; beside an
 * Argo CD it is the other way round, because there the annotation is what keeps Argo CD away.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_CATALOG_H
#define GITOPSD_DAEMON_CATALOG_H

#include "lib/base/vec.h"
#include "lib/kube/discovery.h"

struct catalog_callbacks {
    void (*changed)(void *arg, const json_t *application, bool from_file);
    /* Also of one that was left alone, and so never told. */
    void (*removed)(void *arg, const char *ns, const char *name);
    /* Files were read: these are the AppProjects in them. Comes before what they hold besides. */
    void (*projects)(void *arg, const json_t *objects);
    /* All Applications that exist now have been told. Comes again after every list. */
    void (*complete)(void *arg);
    /* A list begins that is the truth, also where it is older than what was told before: the
     * cluster may have been restored from a snapshot. */
    void (*relisted)(void *arg);
};

/* Which Applications count; zeroes: all. What does not count is as if it did not exist. */
struct catalog_choice {
    const char *selector; /* of labels, as kubectl's --selector; NULL: any. Borrowed */
    bool beside_argocd;   /* only those that have the annotation */
};

struct catalog;

struct catalog *catalog_new(struct kube_client *client, const struct catalog_callbacks *callbacks,
                            void *arg);
void catalog_free(struct catalog *c);
/* Before anything is watched or loaded. ERROR_INVALID: a selector that cannot be read. */
int catalog_choose(struct catalog *c, const struct catalog_choice *choice, struct error **err);

/* Watch the cluster's Applications, or those of one namespace; `r` must outlive the catalog's use
 * (the discovery is ref'd). */
void catalog_watch(struct catalog *c, struct kube_discovery *d, const struct kube_resource *r,
                   const char *ns);

/* List the watched Applications anew: nothing that comes after this was found out before. */
void catalog_again(struct catalog *c);

/* Does an Application of the cluster that is left alone, because of the annotation, refer to this
 * AppProject? */
bool catalog_skips_one_of(const struct catalog *c, const char *project);

/* Read all files and directories (of *.yaml, *.yml, *.json, not recursively). Objects that are
 * neither Applications nor AppProjects are skipped. On an error nothing is changed. Called again to
 * reload: what is gone from the files is removed. */
int catalog_load_files(struct catalog *c, const struct strvec *paths, struct error **err);

#endif
