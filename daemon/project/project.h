/* SPDX-License-Identifier: Apache-2.0 */
/*
 * project: what an AppProject allows, as pure functions.
 * A project is immutable once it is made; sharers hold references.
 * Source: Argo CD, AppProject (argocd-behaviour, 2.1 to 2.9).
 * Thread: the loop thread; a worker may read a project that is held for it.
 */
#ifndef GITOPSD_DAEMON_PROJECT_PROJECT_H
#define GITOPSD_DAEMON_PROJECT_PROJECT_H

#include "daemon/project/cluster.h"
#include "lib/base/error.h"
#include "lib/base/vec.h"

#include <jansson.h>

#define PROJECT_DEFAULT "default"
#define PROJECT_FINALIZER "resources-finalizer.argocd.argoproj.io"

/* A destination, or what is matched against one: globs, each may start with '!'. */
struct project_destination {
    char *server;
    char *name;
    char *namespace;
};

/* An item of an allow or deny list: globs. */
struct project_kind {
    char *group;
    char *kind;
    char *name; /* "": any; only cluster-scoped lists and orphanedResources.ignore have it */
};

struct project_kinds {
    struct project_kind *items;
    size_t len;
    bool given; /* the list is there, though it may be empty */
};

struct project_service_account {
    char *server;    /* glob */
    char *namespace; /* glob */
    char *account;   /* defaultServiceAccount, "NAME" or "NAMESPACE:NAME" */
};

struct windows;

/* A policy of sourceIntegrity.git, or what signatureKeys mean. */
enum project_signing { SIGNING_NONE, SIGNING_HEAD, SIGNING_STRICT };
struct project_policy {
    struct strvec repos; /* globs of repository URLs, '!' excludes */
    enum project_signing mode;
    struct strvec keys; /* the last 16 hexadecimal digits of each, upper case */
};

struct project {
    unsigned refs;
    char *name;
    json_t *labels; /* of the object; may be NULL */
    struct strvec source_repos;
    struct project_destination *destinations;
    size_t destination_count;
    struct project_kinds cluster_allow; /* nothing listed: nothing allowed */
    struct project_kinds cluster_deny;
    struct project_kinds namespace_allow; /* not given: all allowed */
    struct project_kinds namespace_deny;
    struct strvec source_namespaces; /* of Applications: globs, or regular expressions in '/' */
    json_t *window_list;             /* spec.syncWindows as written ... */
    struct windows *windows;         /* ... and as read; see window.h */
    struct project_service_account *accounts;
    size_t account_count;
    bool has_policies; /* of source integrity: then commits are verified */
    struct project_policy *policies;
    size_t policy_count;
    bool watches_orphans; /* spec.orphanedResources is there */
    bool warns_of_orphans;
    struct project_kinds ignored_orphans;
};

/* Of a whole AppProject object. ERROR_INVALID names the field. */
int project_parse(const json_t *object, struct project **out, struct error **err);
/* What counts where there is no AppProject "default". */
struct project *project_default(void);
struct project *project_ref(struct project *p);
void project_unref(struct project *p);

/* Add what another project says (argocd-cm, globalProjects), before anybody shares `p`. */
void project_merge(struct project *p, const struct project *global);

bool project_permits_source(const struct project *p, const char *repo_url);
bool project_permits_destination(const struct project *p, const struct project_cluster *cluster,
                                 const char *namespace);
/* `namespaced`: it is, or would be, in a namespace. */
bool project_permits_kind(const struct project *p, const char *group, const char *kind,
                          const char *name, bool namespaced);
/* May Applications of this namespace use it? */
bool project_permits_app_namespace(const struct project *p, const char *control_namespace,
                                   const char *namespace);

/* Is this object left alone by orphaned-resource monitoring? Source: 2.8. */
bool project_ignores_orphan(const struct project *p, const char *group, const char *kind,
                            const char *namespace, const char *name);

/*
 * The user ("system:serviceaccount:NAMESPACE:NAME", heap) as whom an application is synced and
 * deleted. `fallback_namespace` is that of the Application. NULL `*user`: no entry matches.
 * ERROR_INVALID: the account's name cannot be one.
 */
int project_service_account(const struct project *p, const struct project_cluster *cluster,
                            const char *namespace, const char *fallback_namespace, char **user,
                            struct error **err);

/*
 * Which policy counts for a repository; NULL `*out`: none, its commits are not verified.
 * ERROR_INVALID: more than one.
 */
int project_policy_for(const struct project *p, const char *repo_url,
                       const struct project_policy **out, struct error **err);

/* Why an object may not be written: Argo CD's words. NULL: it may. Heap string. `namespace`: "" for
 * a cluster-scoped object. */
char *project_refusal(const struct project *p, const struct project_cluster *cluster,
                      const char *group, const char *kind, const char *namespace, const char *name);

DEFINE_CLEANUP(project, struct project, project_unref)
#define cleanup_project __attribute__((cleanup(cleanup_project_fn)))

#endif
