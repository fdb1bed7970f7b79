/* SPDX-License-Identifier: Apache-2.0 */
/*
 * desired: what one application wants in the cluster, in compact form.
 * Made by a worker thread from rendered objects, then owned by the loop thread.
 */
#ifndef GITOPSD_DAEMON_RENDER_DESIRED_H
#define GITOPSD_DAEMON_RENDER_DESIRED_H

#include "daemon/settings/settings.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/kube/discovery.h"

#include <jansson.h>

/* What of it the project of its application does not permit; see permit.h. */
enum denial { DENIAL_NONE, DENIAL_KIND, DENIAL_NAMESPACE };

struct desired {
    const char *key; /* see identity.h; interned, as are the next five */
    const char *group;
    const char *version;
    const char *kind;
    const char *namespace; /* "" for a cluster-scoped object */
    const char *name;
    char *generate_name; /* NULL: it has a name; else metadata.generateName of a hook. Its `name`
                            and `key` only tell it from others; hook_name() makes the final one */
    char *defines;       /* of a CustomResourceDefinition: "GROUP/KIND"; else NULL */
    char *body; /* compact JSON as it is applied: tracking annotation in, server-set fields out */
    size_t body_len;
    uint64_t hash;          /* of body */
    int wave;               /* argocd.argoproj.io/sync-wave */
    int rank;               /* kind_rank() */
    bool known;             /* false: the API server does not serve this kind (yet) */
    unsigned options;       /* set of enum sync_option, of its annotation */
    unsigned hooks;         /* set of enum hook_type; 0: it is no hook */
    unsigned hook_policies; /* set of enum hook_policy, of a hook */
    enum denial denial;     /* permission_mark() */
};

void desired_copy(struct desired *to, const struct desired *from);
void desired_clear(struct desired *d);

struct desired_set {
    unsigned refs;         /* of the loop thread, once it is built */
    struct desired *items; /* in the order of writing: wave, rank, name, namespace */
    size_t len;
    struct desired *hooks; /* what is run and not kept, in the same order */
    size_t hook_count;
    struct desired *skipped; /* their only hook type is Skip: neither compared nor applied */
    size_t skipped_count;
    struct map aside;       /* key -> struct desired, of hooks and skipped */
    struct strvec warnings; /* "Resource ... appeared 2 times among application resources." */
    struct strvec excluded; /* "Resource GROUP/KIND NAME is excluded in the settings" */
};

struct desired_options {
    const char *instance;  /* application instance name, for tracking */
    const char *namespace; /* spec.destination.namespace: of namespaced objects that have none */
    const struct kube_discovery *discovery;
    const struct settings *settings; /* NULL: the default tracking, and nothing is excluded */
};

/*
 * From rendered objects to what is applied. Source: Argo CD (argocd-behaviour, "After rendering"
 * and "Target normalisation"):
 * - null entries are dropped, Lists flattened;
 * - each must be an object with apiVersion, kind and metadata.name (generateName alone is for
 *   hooks);
 * - a cluster-scoped kind loses its namespace, a namespaced (or unknown) one gets the
 * destination's; none anywhere: "Namespace for NAME GVK is missing."
 * - the scope of a kind that the server does not know comes from a CustomResourceDefinition in the
 *   same set, else `known` is false;
 * - status, metadata.managedFields, resourceVersion, uid, generation, creationTimestamp, selfLink
 *   and null values are left out; a Secret's stringData becomes data;
 * - all but CustomResourceDefinitions get what tracks them;
 * - what the settings exclude is left out, and told;
 * - of duplicates the last one wins, with a warning;
 * - hooks (object/hook.h) are set aside; those without a type that is known are dropped.
 * `objects` is consumed (its content may be modified).
 */
int desired_set_build(json_t *objects, const struct desired_options *options,
                      struct desired_set **out, struct error **err);
/* The application has one reference, and each run of a plan made from it, until it ended. */
struct desired_set *desired_set_ref(struct desired_set *set); /* NULL: NULL */
void desired_set_unref(struct desired_set *set);
/* Another set that has copies of the hooks, and nothing else. */
struct desired_set *desired_set_hooks(const struct desired_set *set);
/* Is there a hook or a skipped object of this key? A live one of that name is not superfluous. */
bool desired_set_has_aside(const struct desired_set *set, const char *key);

DEFINE_CLEANUP(desired_set, struct desired_set, desired_set_unref)
#define cleanup_desired_set __attribute__((cleanup(cleanup_desired_set_fn)))

#endif
