/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fieldspec: which fields of which kinds a transformer touches, as data; and the walk to them.
 * A path is "spec/template/spec/containers[]/image": lists on the way are entered without being
 * named, "[]" says that a field is a list (and is never created), "\/" is a slash in a name.
 */
#ifndef GITOPSD_KUSTOMIZE_FIELDSPEC_H
#define GITOPSD_KUSTOMIZE_FIELDSPEC_H

#include "lib/base/error.h"

#include <jansson.h>

struct fieldspec {
    const char *group; /* NULL or "": any */
    const char *version;
    const char *kind;
    const char *path;
    bool create; /* create the field where it is missing */
};

struct fieldspecs {
    const struct fieldspec *items; /* strings borrowed: literals, or owned by the configuration */
    size_t len;
};

/* Specs that are put together while the engine runs. */
struct fieldspec_list {
    struct fieldspec *items;
    size_t len;
};

void fieldspec_list_clear(struct fieldspec_list *list);
#define cleanup_fieldspec_list __attribute__((cleanup(fieldspec_list_clear)))

/* Append `fs` unless it is there already: one for the same path goes for no other objects than it
 * does. ERROR_INVALID where that one creates the field and `fs` does not, or the other way. */
int fieldspec_list_merge(struct fieldspec_list *list, const struct fieldspec *fs,
                         struct error **err);
/* Append those of a list that was checked against fieldspec_fields; NULL is an empty one. The
 * strings stay borrowed from `list`. */
void fieldspecs_read(const json_t *list, struct fieldspec_list *out);

static inline struct fieldspecs fieldspec_list_view(const struct fieldspec_list *list)
{
    return (struct fieldspecs){list->items, list->len};
}

/* What a walk makes of a missing field with `create`. */
enum fieldspec_create { CREATE_NOTHING, CREATE_SCALAR, CREATE_MAP };

/*
 * Called for each field at the end of the path, with its value. To change a scalar set
 * *replacement to a new reference; maps and lists are changed in place.
 */
typedef int fieldspec_set_fn(void *arg, json_t *value, json_t **replacement, struct error **err);

bool fieldspec_matches(const struct fieldspec *fs, const json_t *object);

/* Visit the fields of `path` in `object`. ERROR_INVALID when a scalar stands in the way. */
int fieldspec_walk(json_t *object, const char *path, bool create, enum fieldspec_create what,
                   fieldspec_set_fn *set, void *arg, struct error **err);

/* Visit the fields of all specs that select the object. */
int fieldspecs_apply(const struct fieldspecs *specs, json_t *object, enum fieldspec_create what,
                     fieldspec_set_fn *set, void *arg, struct error **err);

#endif
