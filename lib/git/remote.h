/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote: what the child does: talk to one remote. Inside lib/git only.
 * Every message passes remote_fail, which takes secrets out of it.
 */
#ifndef GITOPSD_LIB_GIT_REMOTE_H
#define GITOPSD_LIB_GIT_REMOTE_H

#include "lib/git/library.h"

#include <jansson.h>

/* ---- url.c ---- */

/* Only https, http, ssh (also as git@host:path), file and absolute paths. */
int git_url_check(const char *url, struct error **err);
/* "user:password" of the URL, or NULL. Heap string. */
char *git_url_userinfo(const char *url);
/* The port that an ssh URL names, 22 otherwise. */
unsigned git_url_ssh_port(const char *url);

/* ---- credentials.c ---- */

json_t *git_credentials_to_json(const struct git_credentials *c);   /* NULL gives null */
struct git_credentials *git_credentials_from_json(const json_t *j); /* never NULL */

/* ---- known_hosts.c ---- */

enum known_host { HOST_UNKNOWN, HOST_KNOWN, HOST_CHANGED, HOST_REVOKED };

/* `key` is the raw public key, as in the third column, before base64. */
enum known_host known_hosts_check(const char *text, const char *host, unsigned port,
                                  const void *key, size_t key_len);

/* ---- remote.c, fetch.c ---- */

struct remote_call {
    const char *url;
    char *shown; /* the URL without its userinfo */
    char *userinfo;
    struct git_credentials *creds;
    const char *step; /* what is being done, for messages */
    unsigned asked;   /* how often credentials were asked for */
    uint64_t max_bytes;
    uint64_t received; /* over all fetches of this call */
    uint64_t received_now;
    struct error *err; /* why a callback said no */
};

/* Tell the parent what is done next (worker.c). */
void remote_step(struct remote_call *call, const char *step);
/* libgit2 said `code`: an error with a kind, the URL, and what to do. */
int remote_fail(struct remote_call *call, int code, struct error **err);
/* Does the message say that this machine lacks something: space, files that may be open? What to do
 * then, or NULL. */
const char *remote_shortage(const char *message);
void remote_callbacks(struct remote_call *call, git_remote_callbacks *out);

/* Proxy, headers and redirects for one call. */
struct remote_options {
    git_proxy_options proxy;
    git_strarray headers;
    char *header;
};
void remote_options_init(struct remote_options *o, const struct remote_call *call);
void remote_options_clear(struct remote_options *o);
/* Certificates of this process, from now on. */
int remote_use_tls(const struct git_credentials *c, struct error **err);

/* An array of [name, oid, symref target or null, tag object or null]. */
int remote_list(struct remote_call *call, json_t **out, struct error **err);
/* `tag` may be NULL or "". */
int remote_fetch(struct remote_call *call, const char *dir, const char *ref, const char *oid,
                 const char *tag, struct error **err);

#endif
