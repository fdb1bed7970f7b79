/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/complete.h"
#include "cli/verbs/print.h"
#include "lib/kube/config.h"

/* For the scripts, which cannot read a kubeconfig. */
static int put_contexts(const char *kubeconfig, struct buf *out, struct error **err)
{
    cleanup_strvec struct strvec names = {0};

    if (kube_config_contexts(kubeconfig, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++)
        buf_printf(out, "%s\n", names.items[i]);
    return 0;
}

static int completion_run(const struct invocation *in, struct error **err)
{
    const char *shell = options_argument(in->options, 0);
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (streq(shell, "bash"))
        complete_bash(&text);
    else if (streq(shell, "zsh"))
        complete_zsh(&text);
    else if (streq(shell, "fish"))
        complete_fish(&text);
    else if (!streq(shell, "contexts"))
        return misuse(err, "there is no completion for %s: bash, zsh or fish", shell);
    else if (put_contexts(options_text(in->options, "kubeconfig"), &text, err) < 0)
        return -1;
    print_text(&text);
    return 0;
}

const struct verb completion_verb = {
    .name = "completion",
    .summary = "print the script that completes gitopsctl's words in a shell",
    .arguments = "bash|zsh|fish",
    .min_arguments = 1,
    .max_arguments = 1,
    .about = "It completes verbs, options, their words, and names of Applications and contexts. A\n"
             "package of gitopsd installs the scripts where the shells look for them.\n",
    .examples = "source <(gitopsctl completion bash)\n"
                "gitopsctl completion zsh > \"${fpath[1]}/_gitopsctl\"\n"
                "gitopsctl completion fish > ~/.config/fish/completions/gitopsctl.fish\n",
    .common = VERB_CLUSTER,
    .group = VERB_OTHER,
    .run = completion_run,
};
