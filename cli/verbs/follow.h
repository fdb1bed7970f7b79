/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow: Applications of a cluster as they change, by watches that begin again by themselves.
 * Thread: the loop of the client; callbacks run there.
 */
#ifndef GITOPSD_CLI_VERBS_FOLLOW_H
#define GITOPSD_CLI_VERBS_FOLLOW_H

#include "cli/verbs/cluster.h"
#include "lib/base/map.h"

/* Which ones, and maybe others of their namespaces. Copied. */
struct follow_spec {
    const struct strvec *keys; /* NAMESPACE/NAME; NULL or empty: all of the others */
    const char *namespace;     /* NULL: all */
    const char *selector;      /* NULL: with any labels */
};

struct follow;

/* There is news: another state, or another trouble. Must not stop it. */
typedef void follow_changed_fn(void *arg);
struct follow *follow_start(struct kube_client *client, const struct follow_spec *spec,
                            follow_changed_fn *changed, void *arg);
void follow_stop(struct follow *f);
/* Those that exist: NAMESPACE/NAME to json_t, borrowed. NULL until all are known. */
const struct map *follow_apps(const struct follow *f);
/* Why nothing is heard of them now; it is tried again. NULL: all is well. Borrowed. */
const struct error *follow_trouble(const struct follow *f);

/*
 * Follow them until `enough` says so; it is asked for the first time when all are known. Blocks.
 * Errors: ERROR_TIMEOUT after timeout_ms (0: never), with a message that names no Application;
 *         a right that is missing; what `enough` sets.
 */
typedef bool follow_enough_fn(void *arg, const struct map *apps, struct error **err);
int follow_until(struct cluster *c, const struct follow_spec *spec, uint64_t timeout_ms,
                 follow_enough_fn *enough, void *arg, struct error **err);

/*
 * How a verb that follows begins: the Applications that it names or selects, at least one, and its
 * --timeout (else default_ms). Returns 0, -1, or misuse() where it says neither; c and apps are
 * new.
 */
int follow_open(const struct options *o, uint64_t default_ms, uint64_t *timeout_ms,
                struct cluster **c, json_t **apps, struct error **err);

/* The keys of objects, as follow_spec wants them. */
void follow_keys(const json_t *apps, struct strvec *keys);
char *follow_key(const json_t *app); /* heap string */

#endif
