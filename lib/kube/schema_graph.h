/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_graph: how types lie in memory, and the letters of the reduced form; for schema*.c only.
 *
 * The reduced form is lines of words. A word has %XX for spaces and for what else means something.
 *     gitopsd-schema 1
 *     {[!][+] NAME:TYPE[=DEFAULT]...    a struct; ! atomic, + keeps unknown fields; by name
 *     m[!] TYPE                         a map of such values
 *     la TYPE, ls TYPE, lm TYPE KEY...  a list: atomic, a set, a map
 *     k GROUP/VERSION KIND TYPE         a kind, behind all types; by group, version and name
 * TYPE is a letter of schema_letters, or the number of a line of {, m or l, counted from 0.
 */
#ifndef GITOPSD_LIB_KUBE_SCHEMA_GRAPH_H
#define GITOPSD_LIB_KUBE_SCHEMA_GRAPH_H

#include "lib/base/vec.h"
#include "lib/kube/schema.h"

#include <stdatomic.h>

#define SCHEMA_HEADER "gitopsd-schema 1\n"
#define SCHEMA_DOCUMENT_MAX_BYTES (64UL << 20)
#define SCHEMA_REDUCED_MAX_BYTES (16UL << 20)
#define SCHEMA_SCALARS KUBE_STRUCT /* the shapes before it have one type each */

struct kube_type {
    unsigned char shape;
    unsigned char list_type;
    bool atomic;
    bool preserves_unknown;
    unsigned count; /* fields of a STRUCT, keys of a LIST */
    union {
        const struct kube_field *fields; /* sorted by name, bytewise */
        const char *const *keys;
    };
    const struct kube_type *items;
};

/* By shape, of those before KUBE_STRUCT. */
extern const char schema_letters[SCHEMA_SCALARS + 1];
extern const struct kube_type schema_scalars[SCHEMA_SCALARS];

struct schema_kind {
    const char *group;
    const char *version;
    const char *kind;
    const struct kube_type *type;
};

struct kube_schema {
    atomic_uint refs;
    size_t bytes;
    struct kube_type *types;
    struct kube_field *fields;
    const char **keys;
    struct schema_kind *kinds; /* sorted */
    size_t type_count, field_count, key_count, kind_count;
    char *names;            /* every string, one behind the other */
    struct ptrvec defaults; /* json_t, owned */
};

/* The reduced form of what Kubernetes serves itself. */
extern const char schema_table[];
extern const size_t schema_table_len;

int schema_kind_compare(const struct schema_kind *kind, const char *group, const char *version,
                        const char *name);

#endif
