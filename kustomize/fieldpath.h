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
};

struct slots {
    struct slot *items;
    size_t len;
};

void slots_clear(struct slots *s);
#define cleanup_slots __attribute__((cleanup(slots_clear)))

json_t *slot_get(const struct slot *s);
/* Takes `value`. */
void slot_set(const struct slot *s, json_t *value);

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

/* All places that the path matches; created ones hold null where a scalar shall stand.
 * ERROR_UNSUPPORTED when the path goes on inside the text of a scalar. */
int fieldpath_match(json_t *object, const char *path, enum fieldpath_create create,
                    struct slots *out, struct error **err);

#endif
