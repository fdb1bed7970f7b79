/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target: the selector of a patch or a replacement: anchored regular expressions over group,
 * version, kind, name and namespace, and label and annotation selectors. Name and namespace match
 * the original ones, too.
 */
#ifndef GITOPSD_KUSTOMIZE_TARGET_H
#define GITOPSD_KUSTOMIZE_TARGET_H

#include "kustomize/resource.h"
#include "kustomize/selector.h"

/* One pattern: most are plain names, which need no regular expression. */
struct pattern {
    const char *literal; /* borrowed */
    struct regex *regex;
};

struct target {
    struct pattern group;
    struct pattern version;
    struct pattern kind;
    struct pattern name;
    struct pattern namespace;
    struct label_selector *labels;
    struct label_selector *annotations;
};

/* `selector` is borrowed as long as the target lives. */
int target_init(struct target *t, const json_t *selector, struct error **err);
void target_clear(struct target *t);
#define cleanup_target __attribute__((cleanup(target_clear)))

/* The error of a pattern that could not be matched, to be asked for after the last match. */
int target_check(const struct target *t, struct error **err);

bool target_matches(const struct target *t, const struct resource *r);

/* In two halves, as replacements match: all of one id (present or earlier); labels and
 * annotations. */
bool target_matches_an_id(const struct target *t, const struct resource *r);
bool target_matches_maps(const struct target *t, const struct resource *r);

#endif
