/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/health.h"

#include "cli/beside.h"

int health_exec(char **argv, struct error **err)
{
    return beside_exec("health", argv, err);
}
