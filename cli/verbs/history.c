/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/apps.h"
#include "cli/verbs/describe_app.h"
#include "cli/verbs/print.h"
#include "cli/verbs/table.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

static int print_history(const char *format, const json_t *app, struct error **err)
{
    const json_t *history = json_object_get(json_object_get(app, "status"), "history");
    cleanup_json json_t *none = json_array();

    return print_document(history ? history : none, streq(format, "yaml"), err);
}

static int history_run(const struct invocation *in, struct error **err)
{
    const char *name = options_argument(in->options, 0);
    const char *format = options_text(in->options, "output");
    cleanup_cluster struct cluster *c = NULL;
    cleanup_json json_t *app = NULL;
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (cluster_open(in->options, &c, err) < 0 || app_get(c, name, &app, err) < 0)
        return -1;
    if (format && !streq(format, "table"))
        return print_history(format, app, err);
    describe_history(app, 0, time_wall_ms(), &text);
    print_text(&text);
    if (!text.len)
        print_note("%s has not been deployed yet.", name);
    return 0;
}

static const struct option_spec history_options[] = {
    {"output", 'o', "table|json|yaml", "how it is printed"},
    {.name = NULL},
};

const struct verb history_verb = {
    .name = "history",
    .summary = "list what was deployed when, the newest first",
    .arguments = "[NAMESPACE/]APP",
    .min_arguments = 1,
    .max_arguments = 1,
    .about =
        "As many as spec.revisionHistoryLimit keeps (10). To go back to one, revert the commits\n"
        "since in Git.\n",
    .examples = "gitopsctl history shop\n",
    .options = history_options,
    .common = VERB_CLUSTER,
    .group = VERB_LOOK,
    .run = history_run,
};
