/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selector: label selectors, and regular expressions.
 */
#ifndef GITOPSD_KUSTOMIZE_SELECTOR_H
#define GITOPSD_KUSTOMIZE_SELECTOR_H

#include "lib/base/error.h"

#include <jansson.h>

/* ---- label selectors: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>1`, as Kubernetes parses them ----
 */

struct label_selector;

/* "" selects everything. ERROR_INVALID names the selector and what is wrong. */
int label_selector_parse(const char *text, struct label_selector **out, struct error **err);
void label_selector_free(struct label_selector *s);
/* `labels` is an object of strings; NULL is the same as an empty one. */
bool label_selector_matches(const struct label_selector *s, const json_t *labels);

DEFINE_CLEANUP(label_selector, struct label_selector, label_selector_free)
#define cleanup_label_selector __attribute__((cleanup(cleanup_label_selector_fn)))

/* ---- regular expressions ---- */

/*
 * Go's syntax: literals, `.`, classes, `\d \w \s` and
 * their negations, `\b \B \A \z`, `\Q...\E`, `[[:alpha:]]`, `\pL` and the other general categories
 * (of ASCII), groups with and without names and flags, `|`, `* + ? {m,n}` greedy or lazy, `^`, `$`.
 * ERROR_UNSUPPORTED: scripts like `\p{Greek}`, more than ASCII in a class. A `.` is a byte; the
 * names of Kubernetes are ASCII.
 */
struct regex;

/* Matches anywhere in a string. */
int regex_new(const char *pattern, struct regex **out, struct error **err);
/* The whole string has to match. An empty pattern matches everything. */
int regex_new_whole(const char *pattern, struct regex **out, struct error **err);
void regex_free(struct regex *r);
/* False, too, where the match would take too long: ask regex_check() after the last one. */
bool regex_matches(struct regex *r, const char *s);
/* ERROR_TOO_LARGE where a match took too many steps. NULL is fine. */
int regex_check(const struct regex *r, struct error **err);

DEFINE_CLEANUP(regex, struct regex, regex_free)
#define cleanup_regex __attribute__((cleanup(cleanup_regex_fn)))

#endif
