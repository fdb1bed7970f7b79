/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity: what an object is called, to whom it belongs, and where its kind stands in the order
 * of writes.
 */
#ifndef GITOPSD_DAEMON_IDENTITY_H
#define GITOPSD_DAEMON_IDENTITY_H

#include "lib/base/mem.h"

#include <jansson.h>

#define TRACKING_ANNOTATION "argocd.argoproj.io/tracking-id"
#define INSTALLATION_ANNOTATION "argocd.argoproj.io/installation-id"
#define FIELD_MANAGER "gitopsd"

/* How an object says to which application it belongs. */
enum tracking_method {
    TRACK_ANNOTATION, /* by the tracking id */
    TRACK_LABEL,      /* by a label with the instance name */
    TRACK_BOTH,       /* by the tracking id; the label is for people */
};

struct tracking {
    enum tracking_method method;
    char *label_key;
    char *installation_id; /* "": none */
};

/* "GROUP/KIND/NAMESPACE/NAME"; the core group and a cluster-scoped object leave their part empty.
 * Heap string. The version is not part of an object's identity. */
char *object_key(const char *group, const char *kind, const char *ns, const char *name);
/* Of a whole object. NULL when kind or name is missing. */
char *object_key_of(const json_t *object);

/* The parts of "group/version" or "version", as `*group` (heap) and the version (heap). */
void api_version_parts(const char *api_version, char **group, char **version);
/* Borrowed; "" when absent or not a string. */
const char *object_string(const json_t *object, const char *field);      /* top level */
const char *object_meta_string(const json_t *object, const char *field); /* of metadata */
const char *object_annotation(const json_t *object, const char *name);   /* "" when absent */

/* "INSTANCE:GROUP/KIND:NAMESPACE/NAME". Source: Argo CD, resource tracking. Heap string. */
char *tracking_id(const char *instance, const char *group, const char *kind, const char *ns,
                  const char *name);
/*
 * The instance name in the tracking id of a live object, or NULL when it has none, when it is
 * malformed, or when it was copied from another object (group, kind, name and, for a namespaced
 * object, namespace must be its own). Heap string.
 */
char *tracking_instance(const json_t *object);

/* Argo CD's order of kinds: lower first; kinds that are not listed come after all listed. */
int kind_rank(const char *kind);

#endif
