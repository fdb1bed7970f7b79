/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch: brings in what a kustomization uses from elsewhere, as kustomize does: repositories into a
 * temporary directory, files over HTTP(S). Blocks; the progress line tells what is fetched. Without
 * credentials, unless a wish has some.
 * Errors: name the address. ERROR_INVALID where a server refuses a file: it may be a repository.
 */
#ifndef GITOPSD_CLI_FETCH_H
#define GITOPSD_CLI_FETCH_H

#include "kustomize/remote.h"
#include "lib/git/git.h"

struct fetcher;

struct fetcher *fetcher_new(void);
/* Call when the trees are gone: their files go with it. */
void fetcher_free(struct fetcher *f);

struct fetch_wish {
    const char *url;
    const char *revision;   /* "" is HEAD */
    const char *tag_prefix; /* of the tags that a version constraint looks at; NULL: none */
    const struct git_credentials *credentials; /* NULL: none */
    uint64_t timeout_ms;
};
/* One commit into a bare repository of its own (`*dir`, heap), which goes with the fetcher. */
int fetch_commit(struct fetcher *f, const struct fetch_wish *wish, char **dir,
                 char oid[GIT_OID_HEX_BYTES], struct error **err);

/* For kustomize_options.resolver; `arg` is the fetcher. */
int fetch_repository(void *arg, const struct remote_repository *r, struct file_tree **tree,
                     struct error **err);
int fetch_file(void *arg, const char *url, struct buf *out, struct error **err);

DEFINE_CLEANUP(fetcher, struct fetcher, fetcher_free)
#define cleanup_fetcher __attribute__((cleanup(cleanup_fetcher_fn)))

#endif
