/* SPDX-License-Identifier: Apache-2.0 */
/* manual: the manual pages, made of the table of verbs and of the options of gitopsd. */
#ifndef GITOPSD_CLI_VERBS_MANUAL_H
#define GITOPSD_CLI_VERBS_MANUAL_H

#include "lib/base/buf.h"

struct verb;

/* gitopsctl(1), gitopsctl-VERB(1), gitopsd(8) */
void manual_overview(struct buf *out);
void manual_verb(const struct verb *verb, struct buf *out);
void manual_daemon(struct buf *out);

#endif
