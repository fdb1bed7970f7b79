/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_result: what differs, object by object, for people: what only the server writes is left out,
 * values of Secrets are keyed digests (lib/doc/mask.h), so that nothing can be read from them.
 */
#ifndef GITOPSD_CLI_VERBS_DIFF_RESULT_H
#define GITOPSD_CLI_VERBS_DIFF_RESULT_H

#include "lib/base/vec.h"
#include "lib/doc/mask.h"

enum diff_change { DIFF_ADDED, DIFF_CHANGED, DIFF_REMOVED };

struct diff_item {
    char *title; /* "Deployment.apps shop/web" */
    enum diff_change change;
    char *unified; /* as of `git diff` */
    size_t plus, minus;
};

struct diff_result {
    struct mask mask;
    const struct strvec *mask_annotations; /* of every object; may be NULL; borrowed */
    struct ptrvec items;                   /* struct diff_item */
    struct strvec errors;                  /* "TITLE: why it could not be compared" */
    struct strvec notes;                   /* what does not count, or was not looked at */
    size_t same;                           /* objects that do not differ */
    size_t counts[3];                      /* of items, by enum diff_change */
};

void diff_result_init(struct diff_result *r);
void diff_result_clear(struct diff_result *r);
#define cleanup_diff_result __attribute__((cleanup(diff_result_clear)))

/* "Deployment.apps shop/web". Heap string. */
char *diff_title(const char *group, const char *kind, const char *ns, const char *name);
/* One object; NULL stands for one that is not there. Neither is changed. */
void diff_add(struct diff_result *r, const char *title, const json_t *before, const json_t *after);
/* All objects of two renders, paired by what identifies them, or, where a generator of kustomize
 * named them by their content, by what stands before the hash; in the order of `after`, what is
 * gone last. */
void diff_add_all(struct diff_result *r, const json_t *before, const json_t *after);

#endif
