/* SPDX-License-Identifier: Apache-2.0 */
/* gitopsd(8). Its options have another header than those of gitopsctl. */
#include "cli/verbs/manual.h"
#include "daemon/options/options_table.h"
#include "lib/doc/roff.h"

static void put_option(struct buf *out, const struct option_def *def)
{
    cleanup_free char *variable = option_variable(def);

    roff_put_option(out, 0, def->name, def->argument);
    roff_put(out, def->help);
    if (def->fallback) {
        buf_puts(out, " (default ");
        roff_put(out, def->fallback);
        buf_putc(out, ')');
    }
    buf_puts(out, ".\n");
    if (def->kind == OPTION_SWITCH)
        return;
    buf_printf(out, ".br\nEnvironment: %s", variable);
    if (!def->flag_only) {
        buf_puts(out, ", file: ");
        roff_put(out, def->name);
    }
    buf_puts(out, def->reloads ? "; SIGHUP reads it again.\n" : ".\n");
}

void manual_daemon(struct buf *out)
{
    roff_put_head(out, "gitopsd", 8, "make a Kubernetes cluster follow Git");
    roff_put_section(out, "SYNOPSIS");
    buf_puts(out, ".B gitopsd\n[\\fIOPTIONS\\fR]\n");
    roff_put_section(out, "DESCRIPTION");
    roff_put_paragraphs(
        out, "One process that polls Git, renders what Applications name, compares it with the\n"
             "cluster and applies the difference. Applications are the objects\n"
             "applications.argoproj.io in the cluster, as Argo CD has them, or files given with\n"
             "--app. All that matters is in Git and in the cluster: it may be stopped or killed\n"
             "at any time.\n");
    roff_put_section(out, "OPTIONS");
    roff_put_paragraphs(
        out, "Each can be said on the command line, in the environment or in the configuration\n"
             "file; the first of these that has it counts.\n");
    for (size_t i = 0; i < option_count; i++)
        put_option(out, &option_table[i]);
    roff_put_section(out, "SIGNALS");
    buf_puts(out, ".TP\n.B SIGHUP\nRead the configuration and the files of \\-\\-app again. What "
                  "has an error leaves everything as it was.\n"
                  ".TP\n.BR SIGTERM , \" SIGINT\"\nStop.\n");
    roff_put_section(out, "FILES");
    buf_puts(out, ".TP\n.I " OPTIONS_FILE "\nThe configuration, where there is one.\n");
    roff_put_section(out, "EXIT STATUS");
    buf_puts(out, ".TP\n.B 0\nIt was stopped.\n.TP\n.B 1\nIt cannot run; the log says why.\n"
                  ".TP\n.B 2\nAn option makes no sense.\n");
    roff_put_section(out, "SEE ALSO");
    buf_puts(out, ".BR gitopsctl (1)\n");
}
