/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/table.h"

#include <stdio.h>

static int version_run(const struct invocation *in, struct error **err)
{
    (void)in;
    (void)err;
    puts("gitopsctl " GITOPSD_VERSION);
    return 0;
}

const struct verb version_verb = {
    .name = "version",
    .summary = "print the version",
    .group = VERB_OTHER,
    .run = version_run,
};
