/* SPDX-License-Identifier: Apache-2.0 */
/* text_diff: the unified diff of two texts, as `git diff` prints it. */
#ifndef GITOPSD_LIB_GIT_TEXT_DIFF_H
#define GITOPSD_LIB_GIT_TEXT_DIFF_H

#include "lib/base/buf.h"

/* Append the diff with three lines of context, headed by "--- a/NAME" and "+++ b/NAME"; nothing
 * where the texts are equal. NULL stands for a text that is not there (/dev/null). */
int text_diff(const char *name, const char *from, const char *to, struct buf *out,
              struct error **err);

#endif
