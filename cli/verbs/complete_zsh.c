/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/complete.h"

static const char head[] =
    "#compdef gitopsctl\n"
    "# zsh completion of gitopsctl, made by `gitopsctl completion zsh`.\n"
    "\n"
    "# The options that say which cluster is meant.\n"
    "_gitopsctl_cluster() {\n"
    "    local -i i\n"
    "    reply=()\n"
    "    for ((i = 2; i < $#gitopsctl_words; i++)); do\n"
    "        case $gitopsctl_words[i] in\n"
    "            --context|--kubeconfig|--namespace|-n)\n"
    "                reply+=($gitopsctl_words[i] ${~gitopsctl_words[i+1]}) ;;\n"
    "            --context=*|--kubeconfig=*|--namespace=*) reply+=($gitopsctl_words[i]) ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "\n"
    "_gitopsctl_apps() {\n"
    "    local -a reply names\n"
    "    _gitopsctl_cluster\n"
    "    names=(${${(f)\"$(_call_program applications gitopsctl get -o name $reply "
    "2>/dev/null)\"}##*/})\n"
    "    _wanted applications expl Application compadd -a names\n"
    "}\n"
    "\n"
    "_gitopsctl_contexts() {\n"
    "    local -a reply names\n"
    "    _gitopsctl_cluster\n"
    "    names=(${(f)\"$(_call_program contexts gitopsctl completion contexts $reply "
    "2>/dev/null)\"})\n"
    "    compset -P '*,'\n"
    "    _wanted contexts expl context compadd -a names\n"
    "}\n"
    "\n"
    "_gitopsctl() {\n"
    "    local curcontext=$curcontext state line expl\n"
    "    local -a verbs gitopsctl_words\n"
    "    gitopsctl_words=($words)\n"
    "    verbs=(\n";

/* Between '[' and ']', or before a ':', within single quotes. */
static void put_text(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text))
            buf_printf(out, "\\%c", *text);
        else if (*text == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, *text);
    }
}

/* ":what it is:what completes it" */
static void put_action(struct buf *out, unsigned words, const char *text)
{
    buf_putc(out, ':');
    put_text(out, text);
    buf_putc(out, ':');
    if (words & WORDS_APPS)
        buf_puts(out, "_gitopsctl_apps");
    else if (words & WORDS_CONTEXTS)
        buf_puts(out, "_gitopsctl_contexts");
    else if (words & WORDS_FILES)
        buf_puts(out, "_files");
    else if (words & (WORDS_LITERAL | WORDS_VERBS)) {
        buf_putc(out, '(');
        words_put_literal(text, " ", out);
        if (words & WORDS_VERBS) {
            buf_putc(out, ' ');
            words_put_verbs(" ", out);
        }
        buf_putc(out, ')');
    }
}

static void put_option(struct buf *out, const struct option_spec *spec)
{
    buf_puts(out, "                '*'");
    if (spec->letter)
        buf_printf(out, "{-%c,--%s}", spec->letter, spec->name);
    else
        buf_printf(out, "--%s", spec->name);
    buf_printf(out, "'%s[", spec->value && !spec->letter ? "=" : "");
    put_text(out, spec->help);
    buf_putc(out, ']');
    if (spec->value)
        put_action(out, words_of_option(spec), spec->value);
    buf_puts(out, "' \\\n");
}

static void put_verb(struct buf *out, const struct verb *verb)
{
    const struct option_spec *spec;
    struct words_place it = {0};

    buf_printf(out, "        %s)\n            _arguments -s \\\n", verb->name);
    while ((spec = words_next_option(verb, &it)))
        put_option(out, spec);
    if (verb->arguments) {
        buf_puts(out, "                '*");
        put_action(out, words_of_arguments(verb), verb->arguments);
        buf_puts(out, "' \\\n");
    }
    buf_truncate(out, out->len - 3);
    buf_puts(out, " ;;\n");
}

void complete_zsh(struct buf *out)
{
    buf_puts(out, head);
    for (size_t i = 0; verbs[i]; i++) {
        buf_printf(out, "        '%s:", verbs[i]->name);
        put_text(out, verbs[i]->summary);
        buf_puts(out, "'\n");
    }
    buf_puts(out, "    )\n    _arguments -C \\\n");
    for (const struct option_spec *spec = verb_options_cluster; spec->name; spec++)
        put_option(out, spec);
    buf_puts(out, "                '1: :->verb' \\\n"
                  "                '*:: :->rest'\n"
                  "    case $state in\n"
                  "        verb) _describe -t verbs verb verbs; return ;;\n"
                  "        rest) ;;\n"
                  "        *) return ;;\n"
                  "    esac\n"
                  "    case $words[1] in\n");
    for (size_t i = 0; verbs[i]; i++)
        put_verb(out, verbs[i]);
    buf_puts(out, "    esac\n}\n\n_gitopsctl \"$@\"\n");
}
