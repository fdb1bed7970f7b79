/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/complete.h"

static const char head[] =
    "# fish completion of gitopsctl, made by `gitopsctl completion fish`.\n"
    "\n"
    "function __gitopsctl_verb\n"
    "    set -l words (commandline -opc)\n"
    "    set -l skip 1 # the program\n"
    "    for word in $words\n"
    "        if test $skip = 1\n"
    "            set skip 0\n"
    "            continue\n"
    "        end\n"
    "        switch $word\n"
    "            case --context --kubeconfig --namespace -n\n"
    "                set skip 1\n"
    "            case '-*'\n"
    "            case '*'\n"
    "                echo $word\n"
    "                return\n"
    "        end\n"
    "    end\n"
    "end\n"
    "\n"
    "function __gitopsctl_verb_is\n"
    "    set -l verb (__gitopsctl_verb)\n"
    "    test \"$verb\" = \"$argv\"\n"
    "end\n"
    "\n"
    "# The options that say which cluster is meant.\n"
    "function __gitopsctl_cluster\n"
    "    set -l words (commandline -opc)\n"
    "    set -l option\n"
    "    for word in $words\n"
    "        if test -n \"$option\"\n"
    "            printf '%s\\n' $option $word\n"
    "            set option\n"
    "            continue\n"
    "        end\n"
    "        switch $word\n"
    "            case --context --kubeconfig --namespace -n\n"
    "                set option $word\n"
    "            case '--context=*' '--kubeconfig=*' '--namespace=*'\n"
    "                printf '%s\\n' $word\n"
    "        end\n"
    "    end\n"
    "end\n"
    "\n"
    "function __gitopsctl_apps\n"
    "    gitopsctl get -o name (__gitopsctl_cluster) 2>/dev/null | string replace -r '.*/' ''\n"
    "end\n"
    "\n"
    "function __gitopsctl_contexts\n"
    "    gitopsctl completion contexts (__gitopsctl_cluster) 2>/dev/null\n"
    "end\n"
    "\n"
    "complete -c gitopsctl -f\n";

static void put_words(struct buf *out, unsigned words, const char *text)
{
    if (words & WORDS_FILES)
        buf_puts(out, " -F");
    if (words & WORDS_APPS)
        buf_puts(out, " -a '(__gitopsctl_apps)'");
    if (words & WORDS_CONTEXTS)
        buf_puts(out, " -a '(__fish_complete_list , __gitopsctl_contexts)'");
    if (words & WORDS_VERBS) {
        buf_puts(out, " -a '");
        words_put_verbs(" ", out);
        buf_putc(out, '\'');
    }
    if (words & WORDS_LITERAL) {
        buf_puts(out, " -a '");
        words_put_literal(text, " ", out);
        buf_putc(out, '\'');
    }
}

static void put_option(struct buf *out, const char *verb, const struct option_spec *spec)
{
    unsigned words = words_of_option(spec);

    buf_printf(out, "complete -c gitopsctl -n '__gitopsctl_verb_is %s' -l %s", verb, spec->name);
    if (spec->letter)
        buf_printf(out, " -s %c", spec->letter);
    if (spec->value)
        buf_puts(out, words & WORDS_FILES ? " -r" : " -x");
    put_words(out, words, spec->value);
    buf_puts(out, " -d '");
    words_put_quoted(out, spec->help, "\\'");
    buf_puts(out, "'\n");
}

static void put_verb(struct buf *out, const struct verb *verb)
{
    const struct option_spec *spec;
    struct words_place it = {0};

    buf_printf(out, "\ncomplete -c gitopsctl -n '__gitopsctl_verb_is' -a %s -d '", verb->name);
    words_put_quoted(out, verb->summary, "\\'");
    buf_puts(out, "'\n");
    while ((spec = words_next_option(verb, &it)))
        put_option(out, verb->name, spec);
    if (!words_of_arguments(verb))
        return;
    buf_printf(out, "complete -c gitopsctl -n '__gitopsctl_verb_is %s'", verb->name);
    put_words(out, words_of_arguments(verb), verb->arguments);
    buf_putc(out, '\n');
}

void complete_fish(struct buf *out)
{
    buf_puts(out, head);
    for (const struct option_spec *spec = verb_options_cluster; spec->name; spec++)
        put_option(out, "", spec);
    for (size_t i = 0; verbs[i]; i++)
        put_verb(out, verbs[i]);
}
