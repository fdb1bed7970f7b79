/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook: objects that are not kept but run: which they are, when they run and when they are deleted.
 * All of it is said by annotations, Argo CD's own or those of Helm.
 * Source: Argo CD (argocd-behaviour, "Hooks").
 */
#ifndef GITOPSD_DAEMON_OBJECT_HOOK_H
#define GITOPSD_DAEMON_OBJECT_HOOK_H

#include <jansson.h>
#include <stdbool.h>

#define HOOK_FINALIZER "argocd.argoproj.io/hook-finalizer"

/* In the order in which they run; the last one only when the operation failed. */
enum sync_phase { PHASE_PRE_SYNC, PHASE_SYNC, PHASE_POST_SYNC, PHASE_SYNC_FAIL };
#define SYNC_PHASE_COUNT 4
/* "PreSync", ...: as in syncResult.resources[].syncPhase and .hookType. */
const char *sync_phase_name(enum sync_phase phase);

/* Of any object, by the annotation argocd.argoproj.io/sync-wave, or else helm.sh/hook-weight. */
int sync_wave(const json_t *object);

/* The types of one object are a set of these. */
enum hook_type {
    HOOK_PRE_SYNC = 1 << PHASE_PRE_SYNC,
    HOOK_SYNC = 1 << PHASE_SYNC,
    HOOK_POST_SYNC = 1 << PHASE_POST_SYNC,
    HOOK_SYNC_FAIL = 1 << PHASE_SYNC_FAIL,
    HOOK_SKIP = 1 << 4,
    HOOK_PRE_DELETE = 1 << 5,
    HOOK_POST_DELETE = 1 << 6,
};

/* So are its delete policies; never the empty set. */
enum hook_policy {
    HOOK_DELETE_SUCCEEDED = 1 << 0,
    HOOK_DELETE_FAILED = 1 << 1,
    HOOK_DELETE_BEFORE_CREATION = 1 << 2,
};

/* Helm's types count only where there is none of Argo CD. 0: it has no type that is known. */
unsigned hook_types(const json_t *object);
/* Has it, desired or live, an annotation that makes it a hook? Also one whose types are all
 * unknown is; one whose only type is Skip is not, nor is a definition that Helm installs first. */
bool hook_is(const json_t *object);
unsigned hook_policies(const json_t *object);
/* Does our finalizer hold a live object? Its place among the finalizers; -1: it does not. */
int hook_finalizer_index(const json_t *live);
/* A JSON patch that takes it away from there, and is refused where something else stands there. New
 * reference. */
json_t *hook_release_patch(int index);

#endif
