/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: what the API server says about the fields of its kinds, reduced to what comparing needs.
 * A schema holds the kinds of one group version as a graph of types. Types of the same content are
 * one, and a type may contain itself (JSONSchemaProps). What is not understood is KUBE_ANY.
 * It comes from an OpenAPI v3 document, which is reduced to a text of its own (some percent of the
 * document); the reduced form is what is kept on disk, and what the built-in table is made of.
 * Thread: immutable; reducing and reading may run on a worker, the count of references is atomic.
 * Memory: types, fields and names are owned by their schema; those of the built-in table live on.
 * Errors: ERROR_INVALID for text that is no document, ERROR_TOO_LARGE past the stated limits.
 */
#ifndef GITOPSD_LIB_KUBE_SCHEMA_H
#define GITOPSD_LIB_KUBE_SCHEMA_H

#include "lib/base/buf.h"
#include "lib/base/error.h"

#include <jansson.h>

enum kube_shape {
    KUBE_ANY, /* nothing known: no schema, or unknown fields are preserved and none is named */
    KUBE_STRING,
    KUBE_INTEGER,
    KUBE_NUMBER,
    KUBE_BOOLEAN,
    KUBE_QUANTITY,      /* resource.Quantity: 1000m is 1 */
    KUBE_INT_OR_STRING, /* a string of digits is not that integer */
    KUBE_TIME,          /* RFC 3339 */
    KUBE_DURATION,      /* as Go writes it: 90s is 1m30s */
    KUBE_BYTES,         /* base64 */
    KUBE_STRUCT,        /* fields of their own types */
    KUBE_MAP,           /* any keys, values of one type */
    KUBE_LIST,
};

enum kube_list_type {
    KUBE_LIST_ATOMIC, /* one value, owned as a whole; also where nothing is said */
    KUBE_LIST_SET,    /* of scalars, in any order, each once */
    KUBE_LIST_MAP,    /* items are paired by the fields of kube_type_keys */
};

struct kube_type;
struct kube_field {
    const char *name;
    const struct kube_type *type;
    /* What the server puts in where the field is left out: only of fields that pair the items of
     * a list. NULL: none. Borrowed, to be read only. */
    const json_t *default_value;
};

/* ---- a type; NULL is KUBE_ANY everywhere ---- */

enum kube_shape kube_type_shape(const struct kube_type *t);
/* A STRUCT or MAP that is owned as a whole (x-kubernetes-map-type: atomic). */
bool kube_type_is_atomic(const struct kube_type *t);
/* A STRUCT that keeps fields that it does not name; also true of KUBE_ANY. */
bool kube_type_preserves_unknown(const struct kube_type *t);
/* Of the items of a LIST and the values of a MAP. NULL: KUBE_ANY. */
const struct kube_type *kube_type_items(const struct kube_type *t);
enum kube_list_type kube_type_list_type(const struct kube_type *t);
/* The fields that pair the items of a KUBE_LIST_MAP, in the order of the schema. */
const char *const *kube_type_keys(const struct kube_type *t, size_t *count);
/* Of a STRUCT. NULL: no such field. */
const struct kube_field *kube_type_field(const struct kube_type *t, const char *name);

/* ---- the kinds of a group version ---- */

struct kube_schema;
struct kube_schema *kube_schema_ref(struct kube_schema *s);
void kube_schema_unref(struct kube_schema *s);

/* From one OpenAPI v3 document: kube_schema_reduce, then kube_schema_read. */
int kube_schema_parse(const char *text, size_t len, struct kube_schema **out, struct error **err);
/* Appends the reduced form of an OpenAPI v3 document to `out`. */
int kube_schema_reduce(const char *text, size_t len, struct buf *out, struct error **err);
/* From the reduced form. */
int kube_schema_read(const char *text, size_t len, struct kube_schema **out, struct error **err);

/* NULL: not in it. The core group is "". */
const struct kube_type *kube_schema_kind(const struct kube_schema *s, const char *group,
                                         const char *version, const char *kind);
/* Of the table of the kinds that Kubernetes itself serves. NULL: not one of them. */
const struct kube_type *kube_schema_builtin(const char *group, const char *version,
                                            const char *kind);
/* The heap that it holds, for metrics. */
size_t kube_schema_bytes(const struct kube_schema *s);

DEFINE_CLEANUP(kube_schema, struct kube_schema, kube_schema_unref)
#define cleanup_kube_schema __attribute__((cleanup(cleanup_kube_schema_fn)))

#endif
