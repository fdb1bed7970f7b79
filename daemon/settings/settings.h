/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings: what the ConfigMap argocd-cm says of watching, tracking and comparing.
 * A snapshot is immutable. Where there is no ConfigMap, or a key is absent, what Argo CD ships
 * counts. A value that cannot be read keeps the last good one (or the default) and is told in
 * `problems`.
 *
 * Source: Argo CD, argocd-cm (argocd-behaviour 3.5, 3.6, 4.7, 6.6, 11.1).
 * Thread: ref, unref and parse on the loop thread; a worker may read `tracking` and call
 *         settings_excludes() of a snapshot that is held for it.
 */
#ifndef GITOPSD_DAEMON_SETTINGS_SETTINGS_H
#define GITOPSD_DAEMON_SETTINGS_SETTINGS_H

#include "daemon/object/identity.h"
#include "daemon/settings/settings_filter.h"
#include "daemon/settings/settings_kustomize.h"
#include "lib/base/error.h"
#include "lib/base/vec.h"

#include <jansson.h>

#define SETTINGS_CONFIG_MAP "argocd-cm"

/* resource.compareoptions.ignoreResourceStatusField */
enum settings_ignore_status { IGNORE_STATUS_ALL, IGNORE_STATUS_CRD, IGNORE_STATUS_NONE };

/* resource.respectRBAC */
enum settings_rbac { RBAC_IGNORE, RBAC_NORMAL, RBAC_STRICT };

struct settings {
    unsigned refs;
    struct tracking tracking;
    struct settings_filters exclusions; /* those that apply to this cluster */
    struct settings_filters inclusions; /* likewise; none: everything is included */
    bool own_exclusions;                /* they were written by the user, not shipped */
    bool ignore_aggregated_roles;
    enum settings_ignore_status ignore_status;
    bool ignore_differences_on_updates; /* ignore_differences count in ignore_updates, too */
    bool ignore_updates_enabled;
    enum settings_rbac respect_rbac;
    struct settings_kustomize kustomize; /* kustomize.buildOptions */
    /* KIND.enable: what a directory looks like is not looked for where it is false; a .jsonnet file
     * is then left out. */
    bool kustomize_enabled, helm_enabled, jsonnet_enabled;
    struct strvec mask_annotations; /* of Secrets: values that are never shown */
    /*
     * By kind: "GROUP/KIND" ("/KIND" in the core group; both parts are globs) or "all".
     *   ignore_differences: {jsonPointers, jqPathExpressions, managedFieldsManagers: [strings]}
     *   ignore_updates:     {jsonPointers, jqPathExpressions: [strings]}
     *   known_type_fields:  [{field, type}]
     *   health_scripts:     the Lua text
     *   health_open_libs:   true or false
     * Absent lists are left out, the form is checked. A rule is as the user wrote it.
     */
    json_t *ignore_differences;
    json_t *ignore_updates;
    json_t *known_type_fields;
    json_t *health_scripts;
    json_t *health_open_libs;
    json_t *global_projects; /* [{projectName, labelSelector}]; NULL: none */
    /* Sync as the service account that the project names; an application that finds none is an
     * error, or else synced with our own rights. */
    bool impersonate;
    bool impersonation_enforced;
    struct strvec problems; /* each names ConfigMap, key, error and remedy */
    json_t *good;           /* key -> the text in use, for the next snapshot */
    uint64_t hash;          /* of what is in use */
    uint64_t render_hash; /* of what changes desired objects: tracking, filters, options of tools */
};

/* What counts without a ConfigMap. A new reference. */
struct settings *settings_default(void);

/* `data` is that of the ConfigMap (NULL: there is none) in `namespace`; `server` is the address of
 * this cluster, which the filters may name; `former` (may be NULL) lends its good values. */
struct settings *settings_parse(const json_t *data, const char *namespace, const char *server,
                                const struct settings *former);

struct settings *settings_ref(struct settings *s);
void settings_unref(struct settings *s);

/* Is this kind left alone: not watched, not written, not pruned? Some always are (events, leases,
 * metrics). Exclusion wins over inclusion. */
bool settings_excludes(const struct settings *s, const char *group, const char *kind);

DEFINE_CLEANUP(settings, struct settings, settings_unref)
#define cleanup_settings __attribute__((cleanup(cleanup_settings_fn)))

#endif
