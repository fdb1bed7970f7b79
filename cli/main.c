/* SPDX-License-Identifier: Apache-2.0 */
/* gitopsctl: for people. This program renders directories, at once; all else is done by
 * gitopsctl-verbs (cli/verbs), which takes longer to load. */
#include "cli/beside.h"
#include "cli/command_line.h"
#include "cli/render.h"
#include "lib/base/streams.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    cleanup_error struct error *err = NULL;

    streams_hold();
    if (argc >= 2 && streq(argv[1], render_verb.name))
        return verb_run(&render_verb, argv + 2);
    beside_exec("verbs", argv + 1, &err);
    fprintf(stderr, "gitopsctl: %s\n", error_message(err));
    return 1;
}
