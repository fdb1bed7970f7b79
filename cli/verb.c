/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

const struct option_spec verb_options_every[] = {
    {"color", 0, "auto|always|never", "colours; auto: on a terminal, unless NO_COLOR is set"},
    {"help", 'h', NULL, "what this is and how it is used"},
    {.name = NULL},
};

const struct option_spec verb_options_cluster[] = {
    {"context", 0, "NAME", "context of the kubeconfig; by default its current one"},
    {"kubeconfig", 0, "FILE", "by default $KUBECONFIG (files joined by ':') or ~/.kube/config"},
    {"namespace", 'n', "NAME", "namespace of the Applications; by default argocd"},
    {"request-timeout", 0, "DURATION", "how long to wait for one answer of the API server (30s)"},
    {.name = NULL},
};

static const struct option_spec options_selector[] = {
    {"selector", 'l', "LABELS", "only Applications with these labels, as kubectl's: a=b,c!=d"},
    {"all-namespaces", 'A', NULL, "Applications of all namespaces"},
    {.name = NULL},
};

static const struct option_spec options_output[] = {
    {"output", 'o', "table|wide|json|yaml|name", "how it is printed; by default as a table"},
    {.name = NULL},
};

void verb_tables(const struct verb *verb, const struct option_spec *tables[OPTIONS_MAX_TABLES])
{
    size_t n = 0;

    if (verb->options)
        tables[n++] = verb->options;
    if (verb->common & VERB_OUTPUT)
        tables[n++] = options_output;
    if (verb->common & VERB_SELECTOR)
        tables[n++] = options_selector;
    if (verb->common & VERB_CLUSTER)
        tables[n++] = verb_options_cluster;
    tables[n++] = verb_options_every;
    tables[n] = NULL;
}

int misuse(struct error **err, const char *fmt, ...)
{
    cleanup_free char *message = NULL;
    va_list ap;

    va_start(ap, fmt);
    message = xvasprintf(fmt, ap);
    va_end(ap);
    error_set(err, ERROR_INVALID, "%s", message);
    return VERB_MISUSE;
}
