/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity: what an object is called, to whom it belongs, and where its kind stands in the order
 * of writes.
 */
#ifndef GITOPSD_DAEMON_OBJECT_IDENTITY_H
#define GITOPSD_DAEMON_OBJECT_IDENTITY_H

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
bool tracking_equal(const struct tracking *a, const struct tracking *b);

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
/* The creationTimestamp, in seconds; 0 where it cannot be read. */
uint32_t object_created(const json_t *object);
/* The resourceVersion, to be compared with others of its kind; 0 where it is not a number. */
uint64_t object_version(const json_t *object);

/* A field of a document that is being made; NULL or "": it is left out. */
void object_put_text(json_t *object, const char *field, const char *text);
/* {group, version, kind, namespace, name}, without those that are "". New reference. */
json_t *object_reference(const char *group, const char *version, const char *kind, const char *ns,
                         const char *name);

/* "INSTANCE:GROUP/KIND:NAMESPACE/NAME". Source: Argo CD, resource tracking. Heap string. */
char *tracking_id(const char *instance, const char *group, const char *kind, const char *ns,
                  const char *name);
/*
 * The instance name that a live object names as its application by this way of tracking (NULL:
 * Argo CD's default), or NULL: it has none, it is malformed, it was copied from another object
 * (group, kind, name and, for a namespaced object, namespace must be its own), it is of another
 * installation, or the object belongs to another object (ownerReferences). A label cannot tell
 * whether it was copied. Heap string.
 */
char *tracking_instance(const json_t *object, const struct tracking *t);
/* Likewise of an object that another installation tracks: "INSTANCE (installation ID)". NULL
 * where that is not so. Heap string. */
char *tracking_foreign_instance(const json_t *object, const struct tracking *t);
/* Make the metadata of what `instance` desires say so, and in no other way. */
void tracking_write(json_t *metadata, const char *instance, const char *id,
                    const struct tracking *t);

/* Argo CD's order of kinds: lower first; kinds that are not listed come after all listed. */
int kind_rank(const char *kind);

#endif
