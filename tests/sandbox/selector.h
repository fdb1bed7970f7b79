/* SPDX-License-Identifier: Apache-2.0 */
/* selector: which objects a list or watch is about, by labels and by fields. */
#ifndef GITOPSD_TESTS_SANDBOX_SELECTOR_H
#define GITOPSD_TESTS_SANDBOX_SELECTOR_H

#include "tests/sandbox/kinds.h"

struct selector {
    struct ptrvec terms; /* all must hold */
};

/* Either may be NULL. Refused: what cannot be read, and fields that the kind does not offer. */
int selector_parse(const struct kind *kind, const char *labels, const char *fields,
                   struct selector *out, json_t **refused);
bool selector_is_empty(const struct selector *s);
bool selector_matches(const struct selector *s, const json_t *object);
void selector_clear(struct selector *s);

#define cleanup_selector __attribute__((cleanup(selector_clear)))

#endif
