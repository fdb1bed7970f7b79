/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_file: kubeconfig files, merged: what they say, before anything is made of it.
 * Source: client-go's clientcmd. The first file that sets a name wins, with its whole entry; the
 * first current-context wins; missing files of a list are skipped; within one file a name stands
 * once.
 */
#ifndef GITOPSD_LIB_KUBE_CONFIG_FILE_H
#define GITOPSD_LIB_KUBE_CONFIG_FILE_H

#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/base/vec.h"

#include <jansson.h>

/* One cluster, user or context. */
struct kubeconfig_entry {
    const char *kind; /* "cluster", "user", "context" */
    char *name;
    char *file; /* that holds it */
    json_t *body;
};

struct kubeconfig {
    struct map clusters; /* name to struct kubeconfig_entry, in the files' order */
    struct map users;
    struct map contexts;
    char *current_context; /* NULL: none */
    struct strvec files;   /* that were read */
    struct strvec missing; /* that do not exist */
};

/* path: a kubeconfig that must exist; NULL: $KUBECONFIG or ~/.kube/config, which need not exist
 * (then `files` is empty). */
int kubeconfig_load(const char *path, struct kubeconfig **out, struct error **err);
void kubeconfig_free(struct kubeconfig *k);

/* "a, b, c" of the names in a map, or "none". Heap string. */
char *kubeconfig_names(const struct map *entries);

/* A field of an entry that must be text. NULL in *out: absent or empty. Borrowed. */
int kubeconfig_text(const struct kubeconfig_entry *e, const char *field, const char **out,
                    struct error **err);
int kubeconfig_bool(const struct kubeconfig_entry *e, const char *field, bool *out,
                    struct error **err);
/* A path, relative to the file that holds the entry. Heap string, NULL: absent. */
int kubeconfig_path(const struct kubeconfig_entry *e, const char *field, char **out,
                    struct error **err);
/* Set ERROR_INVALID or another kind with "FILE: cluster \"NAME\": " in front of `what`. */
int kubeconfig_error(const struct kubeconfig_entry *e, struct error **err, enum error_kind kind,
                     const char *what, ...) __attribute__((format(printf, 4, 5)));
/* Put the same in front of *err. */
int kubeconfig_wrap(const struct kubeconfig_entry *e, const char *field, struct error **err);

DEFINE_CLEANUP(kubeconfig, struct kubeconfig, kubeconfig_free)
#define cleanup_kubeconfig __attribute__((cleanup(cleanup_kubeconfig_fn)))

#endif
