/* SPDX-License-Identifier: Apache-2.0 */
/* fleet_print: the fleet as a table, with what differs between its clusters below. */
#ifndef GITOPSD_CLI_VERBS_FLEET_PRINT_H
#define GITOPSD_CLI_VERBS_FLEET_PRINT_H

#include "cli/verbs/fleet_model.h"

/* The fleet is compared. */
void fleet_put(const struct fleet *f, bool is_wide, struct buf *out);

#endif
