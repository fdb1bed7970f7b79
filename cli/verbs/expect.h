/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect: what `gitopsctl wait --for` waits for, as a question to the document of an Application.
 * Pure.
 */
#ifndef GITOPSD_CLI_VERBS_EXPECT_H
#define GITOPSD_CLI_VERBS_EXPECT_H

#include "lib/base/buf.h"

#include <jansson.h>

#define EXPECT_FORMS "synced|healthy|operation|revision=COMMIT"

struct expect {
    bool synced;
    bool healthy;
    bool operation;       /* none is under way */
    const char *revision; /* it is applied; NULL: any */
};

/* One word of --for; several add up. `text` is borrowed. ERROR_INVALID. */
int expect_parse(const char *text, struct expect *e, struct error **err);
/* A commit as people write it: 7 to 64 digits of it. */
int expect_check_revision(const char *revision, struct error **err);

/* Does all of it hold? If not, append what is missing, in one line: which object, and why. */
bool expect_holds(const struct expect *e, const json_t *app, struct buf *missing);

#endif
