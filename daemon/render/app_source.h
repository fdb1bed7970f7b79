/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_source: one source of an Application: spec.source, an entry of spec.sources, or what an
 * operation names instead of them.
 * What this program cannot do (Helm, plugins, jsonnet, fields that nobody knows) is refused by
 * name, never ignored. Source: Argo CD, ApplicationSource (argocd-behaviour, sections 1.2 to 1.4).
 * Thread: any; a source that crosses threads does so as its text.
 */
#ifndef GITOPSD_DAEMON_RENDER_APP_SOURCE_H
#define GITOPSD_DAEMON_RENDER_APP_SOURCE_H

#include "lib/base/error.h"
#include "lib/doc/packed.h"

#include <jansson.h>

enum source_tool { SOURCE_DISCOVER, SOURCE_KUSTOMIZE, SOURCE_DIRECTORY };

/* Strings are owned, none is NULL. */
struct app_source {
    char *field; /* where it was written, for messages: "spec.source", "spec.sources[1]" */
    char *text;  /* as written, compact JSON */
    char *repo_url;
    char *path;            /* "": it renders nothing, others refer to its files */
    char *target_revision; /* "HEAD" where empty */
    char *tag_prefix;      /* of the tags that a version constraint looks at */
    char *ref;
    char *name;
    enum source_tool tool; /* what it says itself */
    bool recurse;          /* directory */
    char *include;
    char *exclude;
    json_t *kustomize; /* as written; NULL: nothing */
};

/* `of_several`: an entry of a list, which may be a mere `ref`. `*out` is set on success only. */
int app_source_parse(const json_t *source, const char *field, bool of_several,
                     struct app_source *out, struct error **err);
void app_source_clear(struct app_source *source);

/* The sources of an Application or an operation, in order. */
struct app_sources {
    struct app_source *items;
    size_t count;
    struct packed *written; /* the one source, or the array of several, for status */
};

/* `holder` has `source` or, where that is not empty, `sources`; `field` is its own name, "spec". */
int app_sources_parse(const json_t *holder, const char *field, struct app_sources *out,
                      struct error **err);
void app_sources_clear(struct app_sources *sources);
/* Does it hold a list, which status writes as `sources`, `revisions` and `sourceTypes`? */
bool app_sources_are_several(const struct app_sources *sources);

/* A null or empty value is what a template leaves behind: as good as absent. */
bool source_field_is_set(const json_t *object, const char *field);

#endif
