/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync_options: what `syncOptions` of an application or an operation and the annotation
 * argocd.argoproj.io/sync-options of an object ask for, as a set of bits.
 * Words are exact and case-sensitive; those of an annotation are separated by commas and trimmed.
 * Unknown words say nothing, nor do words at a level where they have no meaning.
 * Source: Argo CD (argocd-behaviour, "Sync options").
 */
#ifndef GITOPSD_DAEMON_OBJECT_SYNC_OPTIONS_H
#define GITOPSD_DAEMON_OBJECT_SYNC_OPTIONS_H

#include <jansson.h>
#include <stdbool.h>

enum sync_option {
    SYNC_CREATE_NAMESPACE = 1 << 0,  /* CreateNamespace=true */
    SYNC_NO_VALIDATE = 1 << 1,       /* Validate=false */
    SYNC_PRUNE_LAST = 1 << 2,        /* PruneLast=true */
    SYNC_NO_PRUNE = 1 << 3,          /* Prune=false */
    SYNC_CONFIRM_PRUNE = 1 << 4,     /* Prune=confirm */
    SYNC_NO_DELETE = 1 << 5,         /* Delete=false */
    SYNC_CONFIRM_DELETE = 1 << 6,    /* Delete=confirm */
    SYNC_REPLACE = 1 << 7,           /* Replace=true */
    SYNC_FORCE = 1 << 8,             /* Force=true, or asked for by the operation */
    SYNC_SERVER_SIDE = 1 << 9,       /* ServerSideApply=true */
    SYNC_CLIENT_SIDE = 1 << 10,      /* ServerSideApply=false */
    SYNC_NO_MIGRATION = 1 << 11,     /* ClientSideApplyMigration=false */
    SYNC_SKIP_DRY_RUN = 1 << 12,     /* SkipDryRunOnMissingResource=true */
    SYNC_OUT_OF_SYNC_ONLY = 1 << 13, /* ApplyOutOfSyncOnly=true */
    SYNC_RESPECT_IGNORED = 1 << 14,  /* RespectIgnoreDifferences=true */
    SYNC_FAIL_ON_SHARED = 1 << 15,   /* FailOnSharedResource=true */
    SYNC_BACKGROUND = 1 << 16,       /* PrunePropagationPolicy=background */
    SYNC_FOREGROUND = 1 << 17,
    SYNC_ORPHAN = 1 << 18,
};

/* Of an application or an operation: an array of strings; NULL says nothing. */
unsigned sync_options_of_app(const json_t *list);
/* Of an object, desired or live: the value of its annotation; NULL says nothing. */
unsigned sync_options_of_object(const char *annotation);

/* The words for these bits, each once: an array of strings. New reference. */
json_t *sync_options_words(unsigned options);

/* "Background", "Foreground", "Orphan"; NULL: the options do not say. */
const char *sync_options_propagation(unsigned options);

#endif
