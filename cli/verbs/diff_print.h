/* SPDX-License-Identifier: Apache-2.0 */
/* diff_print: what differs, for a terminal and for a comment of a pull request. */
#ifndef GITOPSD_CLI_VERBS_DIFF_PRINT_H
#define GITOPSD_CLI_VERBS_DIFF_PRINT_H

#include "cli/verbs/diff_result.h"
#include "lib/base/buf.h"

/* One after the other, as `git diff` prints them; in colours where the terminal has them. */
void diff_print_unified(const struct diff_result *r, struct buf *out);

/*
 * Markdown of GitHub, GitLab and Gitea: one line that counts, then each object folded up. At most
 * 60,000 bytes, for a comment may not be longer: what does not fit is named without its lines.
 * `what`: what was compared, as Markdown.
 */
void diff_print_markdown(const struct diff_result *r, const char *what, struct buf *out);

/* "1 added, 2 changed, 0 removed, 12 the same" */
void diff_print_counts(const struct diff_result *r, struct buf *out);

#endif
