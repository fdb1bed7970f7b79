/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git: reading commits out of a bare repository on disk, and bringing them there.
 *
 * The repository is a cache: it may be deleted or damaged at any time (a damaged one is thrown away
 * and cloned again). The network half of libgit2 runs in a child process, which is this program
 * started again with GIT_WORKER_ARGUMENT; the parent reads only finished packs.
 */
#ifndef GITOPSD_LIB_GIT_GIT_H
#define GITOPSD_LIB_GIT_GIT_H

#include "lib/base/error.h"
#include "lib/tree/tree.h"

#include <uv.h>

#define GIT_OID_HEX_BYTES 41
/* argv[1] of the child; main() then calls git_worker_main() and returns its result. */
#define GIT_WORKER_ARGUMENT "--git-worker"

/* ---- the child ---- */

/* Reads requests from standard input, answers on standard output, until end of file. */
int git_worker_main(void);

/* ---- credentials: never in argv, environment or messages ---- */

struct git_credentials {
    char *username;
    char *password;
    char *bearer_token;
    char *ssh_private_key; /* PEM text */
    char *tls_client_cert; /* PEM text */
    char *tls_client_key;
    char *tls_ca;          /* PEM text, trusted beside the system's CAs; NULL: none */
    char *ssh_known_hosts; /* beside the known_hosts files of user and machine; NULL: none */
    char *proxy;
    char *unusable; /* what it holds that cannot be used, for messages; NULL: nothing */
    char *secret;   /* the Kubernetes Secret that it is from, for messages; NULL: none */
    bool insecure;  /* neither certificates nor host keys are checked */
};
void git_credentials_free(struct git_credentials *c);
struct git_credentials *git_credentials_copy(const struct git_credentials *c);
/* Overwrite, then free; NULL is fine. */
void git_secret_free(char *secret);

/* A URL without user and password, for messages. Heap string. */
char *git_url_shown(const char *url);
/* May it? Over HTTP a name alone is often a token; elsewhere it is a name. */
bool git_url_may_hold_password(const char *url);

/* ---- remote operations: from the loop thread, answers on the loop thread ---- */

struct git_ref {
    char *name;                  /* "HEAD", "refs/heads/main", "refs/tags/v1" */
    char oid[GIT_OID_HEX_BYTES]; /* tags peeled to what they point at */
    char *symref_target;         /* of HEAD: "refs/heads/main"; else NULL */
    char tag[GIT_OID_HEX_BYTES]; /* of an annotated tag: the tag object; else "" */
};
struct git_refs {
    struct git_ref *items;
    size_t len;
};
void git_refs_free(struct git_refs *refs);
/* The tag object of the reference with this full name; "": it is no annotated tag, or not there
 * (NULL, too). */
const char *git_refs_tag(const struct git_refs *refs, const char *ref);

struct git_workers; /* the supervised children of one loop; idle ones are reused, then ended */

/* `max_children` at once; further requests wait. `program` is the executable to start (NULL:
 * /proc/self/exe). */
struct git_workers *git_workers_new(uv_loop_t *loop, const char *program, unsigned max_children);
/* Kills the children; every operation's `done` runs with ERROR_CANCELED. Run the loop until
 * nothing is left. */
void git_workers_free(struct git_workers *w);

struct git_operation;
/* `refs` is borrowed, NULL for a fetch and on failure. The code of an error is the HTTP status that
 * it is about, where it is about one; 401: credentials are missing or refused. Runs exactly once,
 * never before the start function returns. */
typedef void git_done_fn(void *arg, const struct git_refs *refs, const struct error *err);

/* List the remote's references. Strings are copied. The child is killed at the deadline. */
struct git_operation *git_list_remote(struct git_workers *w, const char *url,
                                      const struct git_credentials *creds, uint64_t timeout_ms,
                                      git_done_fn *done, void *arg);
/*
 * Bring the commit `oid` (hexadecimal), reachable from the remote's `ref` (NULL: unknown, fetch all
 * branches and tags), into the bare repository at `dir`, which is created when absent and made anew
 * when damaged. Every reference that was fetched stays under refs/remotes, so nothing is lost to a
 * garbage collection. `tag` is the tag object that `ref` is (NULL or "": none), which comes along
 * unless the reference has moved since. max_bytes bounds what one fetch may receive.
 */
struct git_operation *git_fetch(struct git_workers *w, const char *url, const char *dir,
                                const char *ref, const char *oid, const char *tag,
                                const struct git_credentials *creds, uint64_t timeout_ms,
                                uint64_t max_bytes, git_done_fn *done, void *arg);
/* Ask for an early end; `done` still runs, with ERROR_CANCELED. */
void git_operation_cancel(struct git_operation *op);

/*
 * Which commit a targetRevision means (Argo CD's order): 40 hex digits;
 * "" or "HEAD"; an exact or short reference name; a semver constraint over tags. The result is a
 * commit id, and `*ref` (heap, may be NULL) the reference it came from. An abbreviated commit id
 * is what a single reference is at, else ERROR_UNSUPPORTED with the remedy.
 */
int git_refs_resolve(const struct git_refs *refs, const char *revision, char oid[GIT_OID_HEX_BYTES],
                     char **ref, struct error **err);
/* The same where a constraint looks only at the tags "PREFIXversion". */
int git_refs_resolve_prefixed(const struct git_refs *refs, const char *revision,
                              const char *tag_prefix, char oid[GIT_OID_HEX_BYTES], char **ref,
                              struct error **err);

/* ---- local reading: any one thread at a time ---- */

struct git_repository_handle;

int git_open(const char *dir, struct git_repository_handle **out, struct error **err);
void git_close(struct git_repository_handle *repo);
bool git_has_commit(struct git_repository_handle *repo, const char *oid);
/* Parent's full id of an abbreviated or symbolic revision in a local repository (`gitopsctl render
 * REPO@REV:PATH`). */
int git_rev_parse(struct git_repository_handle *repo, const char *revision,
                  char oid[GIT_OID_HEX_BYTES], struct error **err);

struct git_commit_info {
    char *author;  /* "Name <mail>" */
    char *message; /* whole */
    int64_t time_ms;
};
int git_commit_read(struct git_repository_handle *repo, const char *oid,
                    struct git_commit_info *out, struct error **err);
void git_commit_info_clear(struct git_commit_info *info);

/* The tree of a commit; `repo` is borrowed until the tree is freed. */
int git_tree_open(struct git_repository_handle *repo, const char *commit_oid,
                  struct file_tree **out, struct error **err);

DEFINE_CLEANUP(git_repository, struct git_repository_handle, git_close)
#define cleanup_git_repository __attribute__((cleanup(cleanup_git_repository_fn)))

#endif
