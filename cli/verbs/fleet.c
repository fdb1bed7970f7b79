/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/fleet_ask.h"
#include "cli/verbs/fleet_print.h"
#include "cli/verbs/fleet_wait.h"
#include "cli/verbs/print.h"
#include "cli/verbs/table.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

#define CLUSTER_TIMEOUT_MS 5000
#define WAIT_TIMEOUT_MS 600000

/* 1 where a cluster cannot be told: then what is printed is not all. */
static int show(struct fleet_contexts *c, struct fleet *fleet, const struct fleet_question *q,
                const char *format, struct error **err)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    fleet_ask(c, q);
    fleet_compare(fleet);
    if (streq(format, "json") || streq(format, "yaml")) {
        cleanup_json json_t *document = fleet_document(fleet);

        if (print_document(document, streq(format, "yaml"), err) < 0)
            return -1;
    } else {
        fleet_put(fleet, streq(format, "wide"), &text);
        print_text(&text);
    }
    return fleet_unreachable(fleet) > 0;
}

static void read_question(const struct options *o, struct fleet_question *q, struct strvec *wanted,
                          bool is_wait)
{
    const char *namespace = options_text(o, "namespace");

    for (size_t i = is_wait; i < o->arguments.len; i++)
        strvec_push(wanted, options_argument(o, i));
    *q = (struct fleet_question){.namespace = namespace && *namespace ? namespace : NULL,
                                 .selector = options_text(o, "selector"),
                                 .wanted = wanted,
                                 .timeout_ms =
                                     options_duration_ms(o, "cluster-timeout", CLUSTER_TIMEOUT_MS)};
}

static int check_wait(const struct options *o, bool is_wait, struct expect *e, struct error **err)
{
    *e = (struct expect){.revision = options_text(o, "rev"), .healthy = true, .operation = true};
    if (!is_wait && (e->revision || options_text(o, "timeout")))
        return misuse(err, "--rev and --timeout belong to gitopsctl fleet wait");
    if (!is_wait)
        return 0;
    if (!e->revision)
        return misuse(err, "which revision? gitopsctl fleet wait --rev COMMIT");
    return expect_check_revision(e->revision, err) < 0 ? VERB_MISUSE : 0;
}

static int run(const struct options *o, struct fleet_contexts *c, struct fleet *fleet,
               const struct fleet_question *q, const struct expect *expect, struct error **err)
{
    const char *format = options_text(o, "output");

    if (!expect->revision)
        return show(c, fleet, q, format ? format : "table", err);
    return fleet_wait(c, q, expect, options_duration_ms(o, "timeout", WAIT_TIMEOUT_MS), err);
}

static int fleet_run(const struct invocation *in, struct error **err)
{
    const struct options *o = in->options;
    bool is_wait = streq(options_argument(o, 0), "wait");
    cleanup_fleet struct fleet fleet = {0};
    cleanup_strvec struct strvec wanted = {0};
    struct fleet_contexts contexts;
    struct fleet_question q;
    struct expect expect;
    int result;

    if (check_wait(o, is_wait, &expect, err) < 0)
        return VERB_MISUSE;
    read_question(o, &q, &wanted, is_wait);
    if (fleet_contexts_open(&contexts, o, &fleet, err) < 0)
        return -1;
    result = run(o, &contexts, &fleet, &q, &expect, err);
    fleet_contexts_close(&contexts);
    return result;
}

static const struct option_spec options[] = {
    {"contexts", 0, "NAME,NAME", "only these contexts; by default all of the kubeconfig"},
    {"kubeconfig", 0, "FILE", "by default $KUBECONFIG (files joined by ':') or ~/.kube/config"},
    {"cluster-timeout", 0, "DURATION", "how long to wait for the answer of one cluster (5s)"},
    {"namespace", 'n', "NAME", "only Applications of this namespace; by default of all"},
    {"all-namespaces", 'A', NULL, NULL}, /* as it is anyway; fingers type it */
    {"selector", 'l', "LABELS", "only Applications with these labels, as kubectl's: a=b,c!=d"},
    {"output", 'o', "table|wide|json|yaml", "how it is printed; by default as a table"},
    {"rev", 0, "COMMIT", "wait: the commit, or its first 7 digits or more"},
    {"timeout", 0, "DURATION", "wait: how long to wait for all; 0: for ever (10m)"},
    {.name = NULL},
};

const struct verb fleet_verb = {
    .name = "fleet",
    .summary = "show all clusters in one table, or wait until all have a revision",
    .arguments = "[wait] [[NAMESPACE/]APP...]",
    .max_arguments = VERB_ANY_ARGUMENTS,
    .about =
        "Asks every cluster of the kubeconfig at once, with your own credentials for each: there\n"
        "is no hub. Of several contexts for one cluster one is asked, the current one first.\n"
        "\n"
        "WANTED is the commit that Git has, APPLIED the one that the last full sync wrote, and\n"
        "HEALTHY the same where all of it is healthy. DIFFERS says what is not the same for an\n"
        "Application of this name in the other clusters; below the table is who has what.\n"
        "STATUS says why one is behind or not healthy, and which cluster did not answer.\n"
        "Ends with 1 where a cluster did not answer.\n"
        "\n"
        "`fleet wait --rev COMMIT` waits until everywhere that commit is applied and healthy; at\n"
        "the timeout it names who is missing, and ends with 1.\n",
    .examples = "gitopsctl fleet\n"
                "# Only two clusters, one Application\n"
                "gitopsctl fleet --contexts staging,production shop\n"
                "KUBECONFIG=~/.kube/eu:~/.kube/us gitopsctl fleet -o wide\n"
                "git push && gitopsctl fleet wait --rev $(git rev-parse HEAD) --timeout 5m\n",
    .options = options,
    .group = VERB_LOOK,
    .run = fleet_run,
};
