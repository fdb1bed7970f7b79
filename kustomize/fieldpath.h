/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fieldpath: the paths of replacements: "spec.template.spec.containers.[name=web].image". Parts are
 * field names, list indexes, "[field=value]" (a value's part or regular expression in targets, the
 * whole value in sources), "[=value]" for lists of scalars, "*" for every item; "[a.b/c]" and "\."
 * keep dots in a name.
 */
#ifndef GITOPSD_KUSTOMIZE_FIELDPATH_H
#define GITOPSD_KUSTOMIZE_FIELDPATH_H

#include "lib/base/error.h"
#include "lib/base/vec.h"

#include <jansson.h>

/* A place in a document: a field of a map, or an item of a list. */
struct slot {
    json_t *parent; /* borrowed */
    char *key;      /* NULL: a list */
    size_t index;
    bool created; /* a scalar that was not there */
};

struct slots {
    struct slot *items;
    size_t len;
    bool in_text; /* the path went on inside the text of scalars, where changes would be lost */
};

void slots_clear(struct slots *s);
#define cleanup_slots __attribute__((cleanup(slots_clear)))

json_t *slot_get(const struct slot *s);
/* Takes `value`; `root` is the document. */
void slot_set(json_t *root, const struct slot *s, json_t *value);

/* What stands where a created path ends. */
enum fieldpath_create {
    FIELDPATH_FIND,
    FIELDPATH_CREATE_SCALAR,
    FIELDPATH_CREATE_MAP,
    FIELDPATH_CREATE_LIST
};

void fieldpath_split(const char *path, struct strvec *parts);

/* The one value at the path; NULL where there is none. ERROR_INVALID for "*". */
int fieldpath_lookup(json_t *object, const char *path, json_t **out, struct error **err);

/* The same for the first `count` parts of a path that was split. */
int fieldpath_lookup_parts(json_t *object, char *const *parts, size_t count, json_t **out,
                           struct error **err);

/* All places that the path matches; created ones hold null where a scalar shall stand. */
int fieldpath_match(json_t *object, const char *path, enum fieldpath_create create,
                    struct slots *out, struct error **err);
/* The same for the parts from `first` on, in any document. */
int fieldpath_match_parts(json_t *doc, const struct strvec *parts, size_t first,
                          enum fieldpath_create create, struct slots *out, struct error **err);

/* The scalar that a path leads to, made with all that is above it where it is missing. Items are
 * "[field=value]" with the whole value, or indexes of what is there. False where there is none. */
int fieldpath_make_scalar(json_t *object, char *const *parts, size_t count, struct slot *out,
                          bool *found, struct error **err);

#endif
