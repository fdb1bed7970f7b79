/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/complete.h"

static const char head[] =
    "# bash completion of gitopsctl, made by `gitopsctl completion bash`.\n"
    "\n"
    "_gitopsctl() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} verb= word i\n"
    "    local options= words= list= cluster=()\n"
    "    COMPREPLY=()\n"
    "    # '=' is a word of its own.\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $option == = ]]; then\n"
    "        option=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    # The verb, and which cluster is meant.\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        case $word in\n"
    "            --context|--kubeconfig|--namespace|-n)\n"
    "                [[ ${COMP_WORDS[i+1]} == = ]] && ((i++))\n"
    "                ((++i < COMP_CWORD)) && cluster+=(\"$word\" "
    "\"${COMP_WORDS[i]/#\\~/$HOME}\") ;;\n"
    "            -*|=) ;;\n"
    "            *) [[ $verb ]] || verb=$word ;;\n"
    "        esac\n"
    "    done\n"
    "    case $verb in\n";

static const char tail[] =
    "    esac\n"
    "    [[ $cur == -* ]] && words=$options\n"
    "    for word in $words; do\n"
    "        case $word in\n"
    "            @files)\n"
    "                compopt -o filenames 2>/dev/null\n"
    "                while read -r word; do COMPREPLY+=(\"$word\"); done < "
    "<(compgen -f -- \"$cur\") ;;\n"
    "            @apps)\n"
    "                while read -r word; do\n"
    "                    [[ ${word##*/} == \"$cur\"* ]] && COMPREPLY+=(\"${word##*/}\")\n"
    "                done < <(\"${COMP_WORDS[0]}\" get -o name \"${cluster[@]}\" 2>/dev/null) ;;\n"
    "            @contexts)\n"
    "                [[ $cur == *,* ]] && list=${cur%,*},\n"
    "                while read -r word; do\n"
    "                    [[ $list$word == \"$cur\"* ]] && COMPREPLY+=(\"$list$word\")\n"
    "                done < <(\"${COMP_WORDS[0]}\" completion contexts \"${cluster[@]}\" "
    "2>/dev/null) ;;\n"
    "            @*) ;;\n"
    "            *=)\n"
    "                [[ $word == \"$cur\"* ]] && COMPREPLY+=(\"$word\") &&\n"
    "                    compopt -o nospace 2>/dev/null ;;\n"
    "            *) [[ $word == \"$cur\"* ]] && COMPREPLY+=(\"$word\") ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "complete -F _gitopsctl gitopsctl\n";

static void put_words(struct buf *out, unsigned words, const char *text)
{
    if (words & WORDS_LITERAL)
        words_put_literal(text, " ", out);
    if (words & WORDS_VERBS) {
        buf_putc(out, ' ');
        words_put_verbs(" ", out);
    }
    if (words & WORDS_APPS)
        buf_puts(out, " @apps");
    if (words & WORDS_FILES)
        buf_puts(out, " @files");
    if (words & WORDS_CONTEXTS)
        buf_puts(out, " @contexts");
    if (!words)
        buf_puts(out, "@none");
}

static void put_verb(struct buf *out, const struct verb *verb)
{
    const struct option_spec *spec;
    struct words_place it = {0};

    buf_printf(out, "        %s)\n            options='", verb->name);
    while ((spec = words_next_option(verb, &it)))
        buf_printf(out, "--%s ", spec->name);
    buf_puts(out, "'\n            words='");
    if (verb->arguments)
        put_words(out, words_of_arguments(verb), verb->arguments);
    buf_puts(out, "'\n            case $option in\n");
    it = (struct words_place){0};
    while ((spec = words_next_option(verb, &it))) {
        if (!spec->value)
            continue;
        buf_printf(out, "                --%s", spec->name);
        if (spec->letter)
            buf_printf(out, "|-%c", spec->letter);
        buf_puts(out, ") options= words='");
        put_words(out, words_of_option(spec), spec->value);
        buf_puts(out, "' ;;\n");
    }
    buf_puts(out, "            esac ;;\n");
}

static void put_first_word(struct buf *out)
{
    buf_puts(out, "        '')\n            options='");
    for (const struct option_spec *spec = verb_options_cluster; spec->name; spec++)
        buf_printf(out, "--%s ", spec->name);
    buf_puts(out, "--help --version'\n            words='");
    words_put_verbs(" ", out);
    buf_puts(out, " help'\n            case $option in\n"
                  "                --context) words=@contexts ;;\n"
                  "                --kubeconfig) words=@files ;;\n"
                  "                --namespace|-n) words= ;;\n"
                  "            esac ;;\n        help)\n            words='");
    words_put_verbs(" ", out);
    buf_puts(out, "' ;;\n");
}

void complete_bash(struct buf *out)
{
    buf_puts(out, head);
    put_first_word(out);
    for (size_t i = 0; verbs[i]; i++)
        put_verb(out, verbs[i]);
    buf_puts(out, tail);
}
