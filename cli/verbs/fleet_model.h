/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fleet_model: the Applications of several clusters side by side, and what differs between them.
 * Pure. Applications of one namespace and name are the same one in several environments.
 * Memory: what is needed of a document is copied, so that the documents of large clusters need not
 * be held.
 */
#ifndef GITOPSD_CLI_VERBS_FLEET_MODEL_H
#define GITOPSD_CLI_VERBS_FLEET_MODEL_H

#include "cli/verbs/standing.h"
#include "lib/base/map.h"
#include "lib/base/vec.h"

struct fleet_app {
    const struct fleet_cluster *cluster;
    char *key; /* NAMESPACE/NAME */
    char *wanted;
    char *applied;
    char *healthy; /* "" where it is not healthy, or nothing is applied */
    char *sync;
    char *health;
    char *target; /* spec.source.targetRevision */
    char *reason; /* standing_reason */
    struct strvec images;
    bool is_behind;
    bool is_suspended;
    bool images_differ; /* from the same application elsewhere, as fleet_compare finds */
    bool revision_differs;
};

struct fleet_cluster {
    char *name;          /* of the context */
    char *server;        /* NULL: not known */
    struct error *error; /* why it cannot be told; NULL: it answered, or may yet */
    bool is_done;
    struct ptrvec apps; /* struct fleet_app, by key once compared */
};

/* What differs of one application: a revision or an image that is not the same in all clusters that
 * have the application. */
struct fleet_difference {
    char *key;
    char *what;             /* "applied", or an image without tag and digest */
    struct strvec values;   /* which there are: a commit, tags; "" absent */
    struct strvec clusters; /* who has values[i]: names joined by ", " */
};

struct fleet {
    struct ptrvec clusters;    /* struct fleet_cluster, in the order in which they were added */
    struct ptrvec differences; /* struct fleet_difference, by application */
};

struct fleet_cluster *fleet_add_cluster(struct fleet *f, const char *name);
void fleet_add_app(struct fleet_cluster *c, const json_t *app);
/* A list of the cluster starts anew. */
void fleet_drop_apps(struct fleet_cluster *c);
/* All that answer have answered: sort, and find what differs. Once. */
void fleet_compare(struct fleet *f);
/* How many clusters cannot be told, how many applications there are, and how many are behind. */
size_t fleet_unreachable(const struct fleet *f);
size_t fleet_apps(const struct fleet *f);
size_t fleet_behind(const struct fleet *f);
/* For -o json and yaml. New reference. */
json_t *fleet_document(const struct fleet *f);
void fleet_clear(struct fleet *f);

/* How long the name of an image is, without its tag and digest. */
size_t image_name_length(const char *image);

#define cleanup_fleet __attribute__((cleanup(fleet_clear)))

#endif
