/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#define OPTION_WIDTH 30 /* columns of "-o, --output VALUE" */

static void print_option(const struct option_spec *spec, FILE *out)
{
    cleanup_free char *letter = spec->letter ? xasprintf("-%c, ", spec->letter) : xstrdup("    ");
    cleanup_free char *left = xasprintf("%s--%s%s%s", letter, spec->name, spec->value ? " " : "",
                                        spec->value ? spec->value : "");

    if (!spec->help)
        return;
    if (strlen(left) > OPTION_WIDTH)
        fprintf(out, "  %s\n  %*s  %s\n", left, OPTION_WIDTH, "", spec->help);
    else
        fprintf(out, "  %-*s  %s\n", OPTION_WIDTH, left, spec->help);
}

static void print_indented(const char *text, FILE *out)
{
    while (*text) {
        int len = (int)strcspn(text, "\n");

        fprintf(out, "%s%.*s\n", len ? "  " : "", len, text);
        text += len + (text[len] == '\n');
    }
}

void help_print(const struct verb *verb, FILE *out)
{
    const struct option_spec *tables[OPTIONS_MAX_TABLES];

    verb_tables(verb, tables);
    fprintf(out, "gitopsctl %s - %s\n\nUsage:\n  gitopsctl %s [OPTIONS]%s%s\n", verb->name,
            verb->summary, verb->name, verb->arguments ? " " : "",
            verb->arguments ? verb->arguments : "");
    if (verb->about)
        fprintf(out, "\n%s", verb->about);
    if (verb->examples) {
        fputs("\nExamples:\n", out);
        print_indented(verb->examples, out);
    }
    fputs("\nOptions:\n", out);
    for (size_t i = 0; tables[i]; i++)
        for (const struct option_spec *spec = tables[i]; spec->name; spec++)
            print_option(spec, out);
}
