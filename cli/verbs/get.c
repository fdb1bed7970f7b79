/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/app_facts.h"
#include "cli/verbs/apps.h"
#include "cli/verbs/print.h"
#include "cli/verbs/table.h"
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

static const char *const with_namespace[] = {
    "NAMESPACE", "NAME",   "SYNC", "HEALTH",     "REVISION", "IMAGES",  "AGE",
    "PROJECT",   "TARGET", "PATH", "REPOSITORY", "INTO",     "MESSAGE", NULL,
};
#define NARROW_COLUMNS 7

/* As kubectl shows: the last part of the name; digests by their beginning. */
static char *short_images(const json_t *app)
{
    struct buf out = BUF_UNLIMITED;
    const json_t *image;
    size_t i;

    json_array_foreach (app_images(app), i, image) {
        const char *whole = json_string_value(image);
        cleanup_free char *name = app_short_image(whole ? whole : "");

        buf_printf(&out, "%s%s", i ? "," : "", name);
    }
    return buf_take(&out);
}

static void put_wide(struct print_table *t, const json_t *app)
{
    const json_t *spec = json_object_get(app, "spec");
    const json_t *destination = json_object_get(spec, "destination");
    const json_t *source = app_first_source(app);
    const char *cluster = object_string(destination, "name");
    cleanup_free char *into = NULL;
    cleanup_free char *message = app_first_trouble(app);
    cleanup_free char *repository = app_shown_url(object_string(source, "repoURL"));

    if (!*cluster)
        cluster = object_string(destination, "server");
    if (streq(cluster, "https://kubernetes.default.svc") || streq(cluster, "in-cluster"))
        cluster = "";
    into =
        xasprintf("%s%s%s", cluster, *cluster ? " " : "", object_string(destination, "namespace"));
    print_cell(t, object_string(spec, "project"));
    print_cell(t, object_string(source, "targetRevision"));
    print_cell(t, object_string(source, "path"));
    print_cell(t, repository);
    print_cell(t, into);
    print_cell(t, message);
}

static void put_app(struct print_table *t, const json_t *app, bool of_all, bool is_wide)
{
    cleanup_free char *whole = app_revision(app);
    cleanup_free char *revision = print_revision(whole);
    cleanup_free char *images = short_images(app);
    cleanup_free char *age = print_age(object_meta_string(app, "creationTimestamp"));
    cleanup_free char *sync =
        xasprintf("%s%s", app_sync(app), app_is_suspended(app) ? " (suspended)" : "");

    print_row(t);
    if (of_all)
        print_cell(t, object_meta_string(app, "namespace"));
    print_cell(t, object_meta_string(app, "name"));
    print_tinted(t, tint_of_state(app_sync(app)), sync);
    print_state(t, app_health(app));
    print_cell(t, is_wide ? whole : revision);
    print_cell(t, images);
    print_cell(t, age);
    if (is_wide)
        put_wide(t, app);
}

static void print_apps(const json_t *items, bool of_all, bool is_wide)
{
    const char *headings[ARRAY_LEN(with_namespace)];
    cleanup_print_table struct print_table t = {.headings = headings + !of_all};
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const json_t *app;
    size_t i;

    memcpy(headings, with_namespace, sizeof(headings));
    if (!is_wide)
        headings[NARROW_COLUMNS] = NULL;
    json_array_foreach (items, i, app)
        put_app(&t, app, of_all, is_wide);
    print_table_put(&t, &text);
    print_text(&text);
}

static int get_run(const struct invocation *in, struct error **err)
{
    const struct options *o = in->options;
    cleanup_cluster struct cluster *c = NULL;
    cleanup_json json_t *items = NULL;
    bool of_all = options_has(o, "all-namespaces");

    if (of_all && o->arguments.len)
        return misuse(err, "names and --all-namespaces exclude each other: use NAMESPACE/NAME");
    if (cluster_open(o, &c, err) < 0 || app_choose(c, o, &items, err) < 0)
        return -1;
    if (print_wants_objects(o))
        return print_objects(o, items, o->arguments.len == 1, err);
    if (json_array_size(items))
        print_apps(items, of_all, streq(options_text(o, "output"), "wide"));
    else if (of_all)
        print_note("No Applications found.");
    else
        print_note("No Applications found in namespace %s.", c->namespace);
    return 0;
}

const struct verb get_verb = {
    .name = "get",
    .summary = "list Applications and where each one stands",
    .arguments = "[[NAMESPACE/]APP...]",
    .max_arguments = VERB_ANY_ARGUMENTS,
    .about =
        "REVISION is the commit that was compared last, IMAGES are those of the objects in the\n"
        "cluster. -o wide adds where each comes from and goes to, and what is wrong.\n",
    .examples = "gitopsctl get\n"
                "gitopsctl get shop -o wide\n"
                "# All namespaces, only those of one team\n"
                "gitopsctl get -A -l team=payments\n"
                "gitopsctl get shop -o yaml\n",
    .common = VERB_CLUSTER | VERB_SELECTOR | VERB_OUTPUT,
    .group = VERB_LOOK,
    .run = get_run,
};
