/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spec: what the user wrote into an Application's spec (Argo CD's schema), parsed and checked.
 * What this program cannot do is refused by name, never ignored. Errors name the field.
 * Thread: any.
 */
#ifndef GITOPSD_DAEMON_APP_SPEC_H
#define GITOPSD_DAEMON_APP_SPEC_H

#include "daemon/render/app_source.h"
#include "lib/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Parsed `spec`. Strings are owned; none is NULL unless said so. */
struct app_spec {
    char *project; /* "default" where empty */
    struct app_sources sources;
    char *dest_server; /* "" when the destination is by name */
    char *dest_name;
    char *dest_namespace;
    bool automated;
    bool prune;
    bool self_heal;
    bool allow_empty;
    unsigned sync_options;             /* set of enum sync_option, of spec.syncPolicy.syncOptions */
    json_t *namespace_metadata;        /* spec.syncPolicy.managedNamespaceMetadata; NULL: none */
    struct packed *ignore_differences; /* as written; NULL: none */
    uint64_t backoff_ms;               /* of a failed sync: spec.syncPolicy.retry.backoff */
    double backoff_factor;
    uint64_t backoff_max_ms;
    int64_t history_limit;
    struct packed *destination; /* as written, for status */
    struct packed *sync_policy; /* spec.syncPolicy as written; NULL: none */
};

struct app_spec *app_spec_parse(const json_t *application, struct error **err);
void app_spec_free(struct app_spec *spec);

#endif
