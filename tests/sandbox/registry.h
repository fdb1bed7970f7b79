/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry: writing objects as the API server does: what a client may set and what not, versions
 * and preconditions, finalizers, generation, managedFields. Users and simulated controllers write
 * through here alike.
 * Memory: `out` (may be NULL) is a new reference to what is stored now, or would be with dry_run;
 *         in the version of `kind`.
 */
#ifndef GITOPSD_TESTS_SANDBOX_REGISTRY_H
#define GITOPSD_TESTS_SANDBOX_REGISTRY_H

#include "tests/sandbox/sandbox.h"

enum field_validation { FIELDS_IGNORE, FIELDS_WARN, FIELDS_STRICT };

struct write_options {
    const char *manager;     /* of the fields; NULL: unknown */
    const char *subresource; /* "status", "scale"; "" or NULL: the object */
    bool dry_run;
    bool force;    /* of an apply */
    bool is_patch; /* the object was made by a patch: its faults are the patch's */
    enum field_validation validation;
    struct strvec *warnings; /* FIELDS_WARN: what was left out; may be NULL */
};

/* Each takes `object`; `ns` and `name` must not be borrowed from it. */
int registry_create(struct sandbox *s, const struct kind *kind, const char *ns, json_t *object,
                    const struct write_options *options, json_t **out, json_t **refused);
/* `*created` (may be NULL) tells that there was none. */
int registry_update(struct sandbox *s, const struct kind *kind, const char *ns, const char *name,
                    json_t *object, const struct write_options *options, json_t **out,
                    bool *created, json_t **refused);
/* Server-side apply. */
int registry_apply(struct sandbox *s, const struct kind *kind, const char *ns, const char *name,
                   json_t *object, const struct write_options *options, json_t **out, bool *created,
                   json_t **refused);

struct delete_options {
    const char *uid;              /* preconditions; NULL: none */
    const char *resource_version; /* likewise */
    const char *propagation;      /* "Background", "Foreground", "Orphan"; NULL: the kind's own */
    bool dry_run;
    bool now; /* without a time to end in: the word of who ended it */
};

/* `*out` is the object that is still there (it has finalizers, or has to end first), or, where
 * `*gone`, its last state. */
int registry_delete(struct sandbox *s, const struct kind *kind, const char *ns, const char *name,
                    const struct delete_options *options, json_t **out, bool *gone,
                    json_t **refused);

/* It is gone, without further question. */
void registry_remove(struct sandbox *s, const struct kind *kind, const json_t *last);

/* A new reference to a stored object in the version of `kind`. */
json_t *registry_present(const struct kind *kind, const json_t *stored);

#endif
