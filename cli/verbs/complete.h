/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete: the completion scripts of gitopsctl, made of the table of verbs. They know verbs,
 * options and their words by themselves, and ask gitopsctl for names of Applications and contexts.
 */
#ifndef GITOPSD_CLI_VERBS_COMPLETE_H
#define GITOPSD_CLI_VERBS_COMPLETE_H

#include "cli/verbs/table.h"
#include "cli/verbs/words.h"

void complete_bash(struct buf *out);
void complete_zsh(struct buf *out);
void complete_fish(struct buf *out);

#endif
