/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selector: label selectors, and the anchored regular expressions of patch targets.
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

/* ---- anchored regular expressions ---- */

/*
 * Go's syntax as far as POSIX extended expressions reach: literals, `.`, classes, `\d \w \s` and
 * their negations, `[[:alpha:]]`, groups (also `(?:...)` and named ones), `|`, `* + ? {m,n}` greedy
 * or lazy, `^`, `$`, `(?i)` in front. ERROR_UNSUPPORTED: other flags, `\b`, `\p{..}`, `\Q`, more
 * than ASCII in a class. A `.` is a byte; the names of Kubernetes are ASCII.
 */
struct anchored_regex;

/* The whole string has to match. An empty pattern matches everything. */
int anchored_regex_new(const char *pattern, struct anchored_regex **out, struct error **err);
void anchored_regex_free(struct anchored_regex *r);
bool anchored_regex_matches(const struct anchored_regex *r, const char *s);

DEFINE_CLEANUP(anchored_regex, struct anchored_regex, anchored_regex_free)
#define cleanup_anchored_regex __attribute__((cleanup(cleanup_anchored_regex_fn)))

#endif
