/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/health.h"

#include "cli/beside.h"

static int health_exec(const struct invocation *in, struct error **err)
{
    return beside_exec("health", in->argv, err);
}

static const struct option_spec options[] = {
    {"script", 0, "FILE", "a health script (Lua) instead of the built-in check"},
    {"open-libs", 0, NULL, "say nothing where the script needs open libraries"},
    {.name = NULL},
};

const struct verb health_verb = {
    .name = "health",
    .summary = "tell the health of one object, by its kind or by a script",
    .arguments = "OBJECT.yaml|-",
    .min_arguments = 1,
    .max_arguments = 1,
    .about =
        "Prints \"STATUS: message\", or \"no health: why\". The object is one document, as YAML\n"
        "or JSON; \"-\" is standard input. A script runs as those of argocd-cm do.\n",
    .examples = "kubectl get deployment web -o yaml | gitopsctl health -\n"
                "gitopsctl health widget.yaml --script widget.lua\n",
    .options = options,
    .group = VERB_FILES,
    .failure = 2,
    .run = health_exec,
};
