/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/apps.h"
#include "cli/verbs/print.h"
#include "cli/verbs/table.h"
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

/* The image of the Deployment that config/ installs; "" where there is none to be seen. It may
 * also run outside of the cluster. */
static json_t *daemon_image(struct cluster *c)
{
    cleanup_error struct error *ignored = NULL;
    cleanup_json json_t *items = NULL;
    cleanup_free char *path = xasprintf("/apis/apps/v1/namespaces/%s/deployments", c->namespace);
    const json_t *spec;
    const json_t *container;

    if (cluster_list(c, path, "app.kubernetes.io/name=gitopsd", NULL, &items, &ignored) < 0)
        return json_string("");
    spec = json_object_get(json_array_get(items, 0), "spec");
    spec = json_object_get(json_object_get(spec, "template"), "spec");
    container = json_array_get(json_object_get(spec, "containers"), 0);
    return json_string(object_string(container, "image"));
}

static int ask_server(const struct options *o, json_t *versions, struct error **err)
{
    cleanup_cluster struct cluster *c = NULL;
    cleanup_json json_t *answer = NULL;

    if (cluster_open(o, &c, err) < 0 || cluster_get(c, "/version", &answer, err) < 0)
        return -1;
    json_object_set_new(versions, "kubernetes", json_string(object_string(answer, "gitVersion")));
    json_object_set_new(versions, "context", json_string(c->config->context));
    json_object_set_new(versions, "gitopsd", daemon_image(c));
    return 0;
}

static int print_versions(const char *format, const json_t *versions, struct error **err)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const char *kubernetes = object_string(versions, "kubernetes");
    const char *image = object_string(versions, "gitopsd");

    if (streq(format, "yaml") || streq(format, "json"))
        return print_document(versions, streq(format, "yaml"), err);
    buf_printf(&text, "gitopsctl %s\n", object_string(versions, "gitopsctl"));
    if (*kubernetes)
        buf_printf(&text, "kubernetes %s (context %s)\ngitopsd %s\n", kubernetes,
                   object_string(versions, "context"),
                   *image ? image : "not seen: no Deployment of it in the namespace");
    print_text(&text);
    return 0;
}

static int version_run(const struct invocation *in, struct error **err)
{
    cleanup_json json_t *versions = json_pack("{s:s}", "gitopsctl", GITOPSD_VERSION);

    if (options_has(in->options, "server") && ask_server(in->options, versions, err) < 0)
        return -1;
    return print_versions(options_text(in->options, "output"), versions, err);
}

static const struct option_spec options[] = {
    {"server", 0, NULL, "what runs in the cluster, too: Kubernetes, and gitopsd if there"},
    {"output", 'o', "text|json|yaml", "how it is printed"},
    {.name = NULL},
};

const struct verb version_verb = {
    .name = "version",
    .summary = "print the version",
    .examples = "gitopsctl version\n"
                "gitopsctl version --server -o json\n",
    .options = options,
    .common = VERB_CLUSTER,
    .group = VERB_OTHER,
    .run = version_run,
};
