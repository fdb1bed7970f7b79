/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/apps.h"
#include "cli/verbs/describe_app.h"
#include "cli/verbs/print.h"
#include "cli/verbs/table.h"
#include "daemon/object/identity.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

/* NULL where there is none, or nobody may read it: only the windows would be told. */
static json_t *project_of(struct cluster *c, const json_t *app)
{
    const json_t *spec = json_object_get(app, "spec");
    const char *name = object_string(spec, "project");
    cleanup_free char *path = xasprintf("/apis/argoproj.io/v1alpha1/namespaces/%s/appprojects/%s",
                                        c->namespace, *name ? name : "default");
    cleanup_error struct error *ignored = NULL;
    json_t *project;

    return cluster_get(c, path, &project, &ignored) == 0 ? project : NULL;
}

static int describe_run(const struct invocation *in, struct error **err)
{
    cleanup_cluster struct cluster *c = NULL;
    cleanup_json json_t *apps = NULL;
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const json_t *app;
    size_t i;

    if (cluster_open(in->options, &c, err) < 0 || app_choose(c, in->options, &apps, err) < 0)
        return -1;
    json_array_foreach (apps, i, app) {
        cleanup_json json_t *project = project_of(c, app);

        if (i)
            buf_puts(&text, "\n\n");
        describe_app(app, project, time_wall_ms(), &text);
    }
    print_text(&text);
    return 0;
}

const struct verb describe_verb = {
    .name = "describe",
    .summary = "tell all about an Application: where it stands, what is wrong, what to do",
    .arguments = "[NAMESPACE/]APP...",
    .min_arguments = 1,
    .max_arguments = VERB_ANY_ARGUMENTS,
    .about =
        "Source and destination, conditions with what to do about them, the last operation,\n"
        "the objects that are not in sync or not healthy, sync windows of the project, and the\n"
        "last deployments.\n",
    .examples = "gitopsctl describe shop\n"
                "gitopsctl describe team-a/shop\n",
    .options = NULL,
    .common = VERB_CLUSTER,
    .group = VERB_LOOK,
    .run = describe_run,
};
