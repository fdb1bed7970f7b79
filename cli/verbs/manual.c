/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/manual.h"

#include "cli/verbs/table.h"
#include "cli/verbs/words.h"
#include "lib/doc/roff.h"

static void put_sentence(struct buf *out, const char *text)
{
    roff_put(out, text);
    buf_putc(out, '\n');
}

static void put_options(struct buf *out, const struct verb *verb)
{
    const struct option_spec *spec;
    struct words_place it = {0};

    roff_put_section(out, "OPTIONS");
    while ((spec = words_next_option(verb, &it))) {
        roff_put_option(out, spec->letter, spec->name, spec->value);
        put_sentence(out, spec->help);
    }
}

static void put_status(struct buf *out, int status, const char *text)
{
    buf_printf(out, ".TP\n.B %d\n%s\n", status, text);
}

/* `verb` NULL: of all of them. */
static void put_exit_status(struct buf *out, const struct verb *verb)
{
    bool is_one = verb && verb->failure == 2;

    roff_put_section(out, "EXIT STATUS");
    put_status(out, 0, is_one && verb->answers[0] ? verb->answers[0] : "All went well.");
    if (!is_one)
        put_status(out, 1, "It failed; standard error says why.");
    else if (verb->answers[1])
        put_status(out, 1, verb->answers[1]);
    put_status(out, 2,
               is_one ? "It failed, or the command line makes no sense; standard error says why."
                      : "The command line makes no sense.");
}

static void put_environment(struct buf *out)
{
    roff_put_section(out, "ENVIRONMENT");
    buf_puts(out, ".TP\n.B KUBECONFIG\nFiles joined by \\(aq:\\(aq that say which clusters there "
                  "are, and as whom they are used; by default ~/.kube/config.\n"
                  ".TP\n.B NO_COLOR\nIf it is set and not empty, nothing is coloured.\n");
}

void manual_verb(const struct verb *verb, struct buf *out)
{
    cleanup_free char *name = xasprintf("gitopsctl-%s", verb->name);

    roff_put_head(out, name, 1, verb->summary);
    roff_put_section(out, "SYNOPSIS");
    buf_printf(out, ".B gitopsctl %s\n[\\fIOPTIONS\\fR] ", verb->name);
    put_sentence(out, verb->arguments ? verb->arguments : "");
    if (verb->about) {
        roff_put_section(out, "DESCRIPTION");
        roff_put_paragraphs(out, verb->about);
    }
    put_options(out, verb);
    if (verb->common & VERB_CLUSTER)
        put_environment(out);
    put_exit_status(out, verb);
    if (verb->examples) {
        roff_put_section(out, "EXAMPLES");
        roff_put_literal(out, verb->examples);
    }
    roff_put_section(out, "SEE ALSO");
    buf_puts(out, ".BR gitopsctl (1)\n");
}

static void put_group(struct buf *out, enum verb_group group, const char *title)
{
    buf_printf(out, ".SS %s\n", title);
    for (size_t i = 0; verbs[i]; i++) {
        if (verbs[i]->group != group)
            continue;
        buf_printf(out, ".TP\n.BR gitopsctl\\-%s (1)\n", verbs[i]->name);
        put_sentence(out, verbs[i]->summary);
    }
}

void manual_overview(struct buf *out)
{
    roff_put_head(out, "gitopsctl", 1, "look after Applications and what they deploy");
    roff_put_section(out, "SYNOPSIS");
    buf_puts(out, ".B gitopsctl\n\\fIVERB\\fR [\\fIOPTIONS\\fR] ...\n");
    roff_put_section(out, "DESCRIPTION");
    buf_puts(out, "It shows what Applications (of gitopsd or Argo CD) are and deploy, has them "
                  "synced, and renders and compares what is in Git. It works with the rights that "
                  "your kubeconfig gives you, from the objects of the cluster, and needs no server "
                  "of its own.\n");
    roff_put_section(out, "VERBS");
    put_group(out, VERB_LOOK, "Look");
    put_group(out, VERB_ACT, "Act");
    put_group(out, VERB_FILES, "Without a cluster");
    put_group(out, VERB_OTHER, "Other");
    put_environment(out);
    put_exit_status(out, NULL);
    roff_put_section(out, "SEE ALSO");
    buf_puts(out, ".BR gitopsd (8),\n.BR kubectl (1)\n");
}
