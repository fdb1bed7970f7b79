/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan.h"

#include "cli/beside.h"

int plan_exec(char **argv, struct error **err)
{
    return beside_exec("daemon", argv - 1, err); /* with the command's name */
}
