/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare_options: the annotation argocd.argoproj.io/compare-options, of an object and of the
 * Application. Words separated by commas, trimmed, exact. Source: Argo CD (argocd-behaviour, "Sync
 * options").
 */
#ifndef GITOPSD_DAEMON_OBJECT_COMPARE_OPTIONS_H
#define GITOPSD_DAEMON_OBJECT_COMPARE_OPTIONS_H

#include "lib/base/mem.h"

#define COMPARE_OPTIONS_ANNOTATION "argocd.argoproj.io/compare-options"
#define SYNC_OPTIONS_ANNOTATION "argocd.argoproj.io/sync-options"

enum server_side_diff { SERVER_SIDE_DIFF_UNSET, SERVER_SIDE_DIFF_ALWAYS, SERVER_SIDE_DIFF_NEVER };

struct compare_options {
    bool ignore_extraneous; /* that it is superfluous does not make its application OutOfSync */
    enum server_side_diff server_side_diff;
    bool include_mutation_webhook;
};

/* The value of the annotation; NULL and unknown words say nothing. */
struct compare_options compare_options_parse(const char *annotation);

/* Is `option` one of the words of an annotation (may be NULL)? */
bool options_have(const char *annotation, const char *option);

#endif
