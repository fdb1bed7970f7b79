/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/apps.h"
#include "cli/verbs/batch.h"
#include "cli/verbs/events_print.h"
#include "cli/verbs/print.h"
#include "cli/verbs/progress.h"
#include "cli/verbs/table.h"
#include "daemon/object/identity.h"
#include "lib/base/map.h"
#include "lib/doc/yaml.h"

static void ask(struct batch *b, struct map *asked, const char *namespace)
{
    if (map_has(asked, namespace))
        return;
    map_set(asked, namespace, b);
    batch_add(b, xasprintf("/api/v1/namespaces/%s/events", namespace))->is_list = true;
}

/* Events of cluster-scoped objects are in the namespace "default". */
static void ask_for_all(struct batch *b, const json_t *app)
{
    cleanup_map struct map asked = {0};
    const json_t *entry;
    size_t i;

    ask(b, &asked, object_meta_string(app, "namespace"));
    json_array_foreach (json_object_get(json_object_get(app, "status"), "resources"), i, entry) {
        const char *namespace = object_string(entry, "namespace");

        ask(b, &asked, *namespace ? namespace : "default");
    }
}

static int gather(struct cluster *c, const json_t *app, json_t *list, struct error **err)
{
    cleanup_batch struct batch b = {0};

    progress_say("listing events");
    ask_for_all(&b, app);
    batch_run(&b, c);
    if (b.items[0].err)
        return error_move(err, &b.items[0].err);
    for (size_t i = 0; i < b.len; i++) {
        if (b.items[i].err)
            print_note("note: %s", error_message(b.items[i].err));
        json_array_extend(list, b.items[i].answer);
    }
    return 0;
}

static int events_run(const struct invocation *in, struct error **err)
{
    cleanup_cluster struct cluster *c = NULL;
    cleanup_json json_t *app = NULL;
    cleanup_json json_t *all = json_array();
    cleanup_json json_t *chosen = NULL;
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (cluster_open(in->options, &c, err) < 0 ||
        app_get(c, options_argument(in->options, 0), &app, err) < 0 || gather(c, app, all, err) < 0)
        return -1;
    chosen = events_choose(app, all);
    if (print_wants_objects(in->options))
        return print_objects(in->options, chosen, false, err);
    if (!json_array_size(chosen)) {
        print_note("No events: the cluster keeps them for an hour, usually.");
        return 0;
    }
    events_print(chosen, &text);
    print_text(&text);
    return 0;
}

const struct verb events_verb = {
    .name = "events",
    .summary = "list what the cluster tells of an Application and its objects, by time",
    .arguments = "[NAMESPACE/]APP",
    .min_arguments = 1,
    .max_arguments = 1,
    .about =
        "The Kubernetes Events of the Application, of its objects, and of what those own (which\n"
        "is told by name: Pods of a Deployment begin with its name). The newest is last.\n",
    .examples = "gitopsctl events shop\n",
    .common = VERB_CLUSTER | VERB_OUTPUT,
    .group = VERB_LOOK,
    .run = events_run,
};
