/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ignore: which differences of one application do not count.
 * The rules of spec.ignoreDifferences, of the settings for all applications
 * (resource.customizations.ignoreDifferences.*; settings.c tells what is wrong with them), and an
 * implied one: the replicas of what an autoscaler in the same render scales. Source: Argo CD
 * (argocd-behaviour, "ignoreDifferences"). A bad rule is left out and named by ignore_rules_report;
 * the others work. Immutable and counted. Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_COMPARE_IGNORE_H
#define GITOPSD_DAEMON_COMPARE_IGNORE_H

#include "daemon/compare/ignored.h"
#include "daemon/compare/jq.h"
#include "daemon/render/desired.h"

struct ignore_rules;

/*
 * `declared`: spec.ignoreDifferences. `system`: {"GROUP/KIND" or "all": {"jsonPointers": [...],
 * "jqPathExpressions": [...], "managedFieldsManagers": [...]}}, GROUP and KIND with globs.
 * `desired`: where to look for autoscalers. Each may be NULL. Nothing is borrowed.
 */
struct ignore_rules *ignore_rules_new(const json_t *declared, const json_t *system,
                                      const struct desired_set *desired);
struct ignore_rules *ignore_rules_ref(struct ignore_rules *rules);
void ignore_rules_unref(struct ignore_rules *rules);
/* The same number for the same rules, within this process. NULL has none: 0. */
uint64_t ignore_rules_hash(const struct ignore_rules *rules);

/* Does a rule concern the object? NULL rules concern nothing. */
bool ignore_rules_match(const struct ignore_rules *rules, const char *group, const char *kind,
                        const char *ns, const char *name);
/* ... one that holds jq expressions? */
bool ignore_rules_need_jq(const struct ignore_rules *rules, const char *group, const char *kind,
                          const char *ns, const char *name);
/* The expressions that concern the object are appended. */
void ignore_rules_expressions(const struct ignore_rules *rules, const char *group, const char *kind,
                              const char *ns, const char *name, struct strvec *out);

/*
 * Add the ignored places of both documents; `live` says whose they are. The paths are what
 * jq_worker_paths found in each document, or NULL.
 */
void ignore_rules_apply(const struct ignore_rules *rules, const json_t *desired, const json_t *live,
                        const json_t *desired_paths, const json_t *live_paths, struct ignored *out);

/* Is there an implied rule for the object? Such a one holds for what is applied, too, whatever the
 * sync options say. */
bool ignore_rules_imply(const struct ignore_rules *rules, const char *group, const char *kind,
                        const char *ns, const char *name);
/* Add the places of implied rules only. */
void ignore_rules_apply_implied(const struct ignore_rules *rules, const json_t *desired,
                                const json_t *live, struct ignored *out);

/* What is wrong with declared rules, for a condition; NULL: nothing is known. `jq` may be NULL.
 * Heap string. */
char *ignore_rules_report(const struct ignore_rules *rules, const struct jq_worker *jq);

DEFINE_CLEANUP(ignore_rules, struct ignore_rules, ignore_rules_unref)
#define cleanup_ignore_rules __attribute__((cleanup(cleanup_ignore_rules_fn)))

#endif
