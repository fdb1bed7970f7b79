/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyvalue: the key-value pairs that a ConfigMap or Secret generator names: files, env files and
 * literals, read as kustomize v5.8 reads them.
 */
#ifndef GITOPSD_KUSTOMIZE_GENERATE_KEYVALUE_H
#define GITOPSD_KUSTOMIZE_GENERATE_KEYVALUE_H

#include "lib/base/buf.h"
#include "lib/base/vec.h"

/* One file's limit; the API server refuses objects over 1.5 MiB long before. */
#define KEYVALUE_FILE_MAX_BYTES (16u << 20)

/* Append the content of the file that the kustomization calls `path` (as written there). The
 * engine's core passes its own, which knows the directory, the restrictor and the tree. */
typedef int keyvalue_read_fn(void *arg, const char *path, struct buf *out, struct error **err);

/* What a generator lists; the strings as written. */
struct keyvalue_sources {
    struct strvec files;    /* "path" or "key=path" */
    struct strvec envs;     /* env files (`envs`, and the older `env`) */
    struct strvec literals; /* "key=value" */
};

void keyvalue_sources_clear(struct keyvalue_sources *s);

struct keyvalue {
    char *key;
    char *value; /* may hold NUL bytes; a NUL stands behind it */
    size_t len;
};

struct keyvalues {
    struct keyvalue *items;
    size_t len;
    size_t cap;
};

void keyvalues_clear(struct keyvalues *kv);
#define cleanup_keyvalues __attribute__((cleanup(keyvalues_clear)))

/*
 * Append all pairs in kustomize's order: env files, literals, files. Errors name the field and
 * what it says, for literals only the index: no value enters a message. Like kustomize this does
 * not judge keys; the API server does.
 */
int keyvalues_load(struct keyvalues *kv, const struct keyvalue_sources *sources,
                   keyvalue_read_fn *read, void *arg, struct error **err);

#endif
