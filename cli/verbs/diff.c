/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/apps.h"
#include "cli/verbs/diff_live.h"
#include "cli/verbs/diff_print.h"
#include "cli/verbs/diff_render.h"
#include "cli/verbs/print.h"
#include "cli/verbs/progress.h"
#include "cli/verbs/table.h"
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

#include <stdio.h>
#include <sys/stat.h>

/* ---- two revisions, without a cluster ---- */

/* "A..B" is A and B; "A.." ends at HEAD; "A" alone is compared with the files on disk (NULL). */
static int split_revisions(const char *text, char **from, char **to, struct error **err)
{
    const char *dots = strstr(text, "..");

    if (dots && dots[2] == '.')
        return error_set(err, ERROR_INVALID,
                         "--rev %s: three dots have no meaning here; write A..B", text);
    *from = dots ? xstrndup(text, (size_t)(dots - text)) : xstrdup(text);
    *to = dots ? xstrdup(dots[2] ? dots + 2 : "HEAD") : NULL;
    if (!**from) {
        free(*from);
        *from = xstrdup("HEAD");
    }
    return 0;
}

static int render_side(const struct diff_context *x, const char *repository, const char *revision,
                       const char *path, const char *inside, bool *exists, json_t **objects,
                       struct error **err)
{
    struct stat st;

    if (revision)
        return diff_render_revision(x, repository, revision, inside, exists, objects, err);
    *exists = stat(path, &st) == 0;
    if (*exists)
        return diff_render_dir(x, path, objects, err);
    *objects = json_array();
    return 0;
}

static int diff_revisions(const struct options *o, const struct diff_context *x,
                          struct diff_result *r, char **what, struct error **err)
{
    const char *path = options_argument(o, 0);
    cleanup_free char *from = NULL;
    cleanup_free char *to = NULL;
    cleanup_free char *repository = NULL;
    cleanup_free char *inside = NULL;
    cleanup_json json_t *before = NULL;
    cleanup_json json_t *after = NULL;
    bool was_there;
    bool is_there;

    if (!path)
        path = ".";
    if (split_revisions(options_text(o, "rev"), &from, &to, err) < 0 ||
        diff_find_repository(path, &repository, &inside, err) < 0 ||
        render_side(x, repository, from, path, inside, &was_there, &before, err) < 0 ||
        render_side(x, repository, to, path, inside, &is_there, &after, err) < 0)
        return -1;
    if (!was_there && !is_there)
        return error_set(err, ERROR_NOT_FOUND, "%s: neither %s nor %s has that directory", path,
                         from, to ? to : "the disk");
    diff_add_all(r, before, after);
    *what = xasprintf("`%s`, `%s%s%s`", *inside ? inside : ".", from, to ? ".." : "", to ? to : "");
    return 0;
}

/* ---- against the cluster ---- */

static int diff_directory(const struct options *o, struct diff_context *x, const char *path,
                          struct diff_result *r, char **what, struct error **err)
{
    const char *into = options_text(o, "into");
    cleanup_settings struct settings *settings = settings_default();
    cleanup_cluster struct cluster *c = NULL;
    json_t *objects = NULL;
    struct diff_target target = {.instance = "none", .settings = settings};

    if (cluster_open(o, &c, err) < 0)
        return -1;
    target.namespace = into ? into : c->config->namespace;
    x->namespace = target.namespace;
    if (diff_render_dir(x, path, &objects, err) < 0 || diff_live(c, &target, objects, r, err) < 0)
        return -1;
    *what = xasprintf("`%s`, against context `%s`", path, c->config->context);
    return 0;
}

/* argocd-cm as far as the user may read it. */
static struct settings *settings_of(struct cluster *c, const char *control_namespace)
{
    cleanup_free char *path =
        xasprintf("/api/v1/namespaces/%s/configmaps/" SETTINGS_CONFIG_MAP, control_namespace);
    cleanup_error struct error *ignored = NULL;
    cleanup_json json_t *map = NULL;
    const json_t *labels;

    if (cluster_get(c, path, &map, &ignored) < 0)
        return settings_default();
    labels = json_object_get(json_object_get(map, "metadata"), "labels");
    if (!streq(object_string(labels, "app.kubernetes.io/part-of"), "argocd"))
        return settings_default();
    return settings_parse(json_object_get(map, "data"), control_namespace, c->config->server, NULL);
}

static int render_sources(struct diff_context *x, const struct app_sources *sources,
                          const char *local, struct buf *commits, json_t *objects,
                          struct error **err)
{
    for (size_t i = 0; i < sources->count; i++) {
        cleanup_json json_t *rendered = NULL;
        cleanup_free char *commit = NULL;

        x->source = &sources->items[i];
        if (local) {
            if (diff_render_dir(x, local, &rendered, err) < 0)
                return -1;
        } else if (diff_render_source(x, app_sources_are_several(sources), &commit, &rendered,
                                      err) < 0) {
            return -1;
        }
        json_array_extend(objects, rendered);
        if (commit && *commit)
            buf_printf(commits, "%s%s", commits->len ? ", " : "", commit);
    }
    return 0;
}

struct app_diff {
    json_t *app;
    struct settings *settings;
    struct app_sources sources;
    char *instance;
    struct buf commits;
};

static void app_diff_clear(struct app_diff *a)
{
    json_decref(a->app);
    settings_unref(a->settings);
    app_sources_clear(&a->sources);
    free(a->instance);
    buf_clear(&a->commits);
}

/* The objects are compared with the cluster that holds the Application. */
static void note_destination(const struct cluster *c, const json_t *spec, struct strvec *notes)
{
    const json_t *destination = json_object_get(spec, "destination");
    const char *server = object_string(destination, "server");
    const char *name = object_string(destination, "name");

    if (streq(server, "https://kubernetes.default.svc") || streq(server, c->config->server) ||
        streq(name, "in-cluster"))
        return;
    strvec_pushf(notes, "its destination is %s; it was compared with %s (context %s)",
                 *name ? name : server, c->config->server, c->config->context);
}

static int diff_of_app(struct cluster *c, struct app_diff *a, struct diff_context *x,
                       const char *local, struct diff_result *r, struct error **err)
{
    const json_t *spec = json_object_get(a->app, "spec");
    const char *control = object_string(json_object_get(a->app, "status"), "controllerNamespace");
    struct diff_target target = {.app = a->app};
    json_t *objects = json_array();

    if (!*control)
        control = DEFAULT_NAMESPACE;
    a->settings = settings_of(c, control);
    a->instance = streq(object_meta_string(a->app, "namespace"), control)
                      ? xstrdup(object_meta_string(a->app, "name"))
                      : xasprintf("%s_%s", object_meta_string(a->app, "namespace"),
                                  object_meta_string(a->app, "name"));
    r->mask_annotations = &a->settings->mask_annotations;
    x->settings = target.settings = a->settings;
    x->instance = target.instance = a->instance;
    x->namespace = target.namespace =
        object_string(json_object_get(spec, "destination"), "namespace");
    x->project = object_string(spec, "project");
    if (app_sources_parse(spec, "spec", &a->sources, err) < 0 ||
        render_sources(x, &a->sources, local, &a->commits, objects, err) < 0) {
        json_decref(objects);
        return -1;
    }
    if (local && a->sources.count > 1) {
        json_decref(objects);
        return error_set(err, ERROR_UNSUPPORTED,
                         "it has %zu sources, and --local names one directory", a->sources.count);
    }
    note_destination(c, spec, &r->notes);
    return diff_live(c, &target, objects, r, err);
}

static int diff_application(const struct options *o, struct diff_context *x, struct diff_result *r,
                            char **what, struct error **err)
{
    __attribute__((cleanup(app_diff_clear))) struct app_diff a = {.commits = BUF_UNLIMITED};
    const char *local = options_text(o, "local");
    cleanup_cluster struct cluster *c = NULL;

    if (cluster_open(o, &c, err) < 0 || app_get(c, options_argument(o, 0), &a.app, err) < 0 ||
        diff_of_app(c, &a, x, local, r, err) < 0)
        return -1;
    r->mask_annotations = NULL; /* they go with the settings */
    *what = xasprintf("Application `%s/%s` at `%s`, against context `%s`",
                      object_meta_string(a.app, "namespace"), object_meta_string(a.app, "name"),
                      local ? local : a.commits.data, c->config->context);
    return 0;
}

/* ---- the verb ---- */

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void tell(const struct diff_result *r, const char *what, bool as_markdown)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_buf struct buf counts = BUF_UNLIMITED;

    if (as_markdown) {
        diff_print_markdown(r, what, &text);
        print_text(&text);
        return;
    }
    diff_print_unified(r, &text);
    diff_print_counts(r, &counts);
    print_text(&text);
    fflush(stdout);
    for (size_t i = 0; i < r->notes.len; i++)
        print_note("note: %s", r->notes.items[i]);
    for (size_t i = 0; i < r->errors.len; i++)
        print_note("not compared: %s", r->errors.items[i]);
    print_note("%s", counts.data);
}

static int compare(const struct options *o, struct diff_result *r, char **what, struct error **err)
{
    cleanup_fetcher struct fetcher *fetcher = fetcher_new();
    struct diff_context x = {.fetcher = fetcher};
    const char *argument = options_argument(o, 0);

    if (options_has(o, "rev"))
        return diff_revisions(o, &x, r, what, err);
    if (options_has(o, "local"))
        return diff_application(o, &x, r, what, err);
    if (argument && !is_directory(argument)) {
        if (diff_application(o, &x, r, what, err) == 0)
            return 0;
        if (error_kind(*err) == ERROR_NOT_FOUND && strchr(argument, '/'))
            error_wrap(err, "%s is no directory here", argument);
        return -1;
    }
    return diff_directory(o, &x, argument, r, what, err);
}

static int diff_run(const struct invocation *in, struct error **err)
{
    const struct options *o = in->options;
    cleanup_diff_result struct diff_result r;
    cleanup_free char *what = NULL;
    int result;

    diff_result_init(&r);
    if (!options_argument(o, 0) && !options_has(o, "rev"))
        return misuse(err, "what is to be compared? An Application, or a directory");
    if (options_has(o, "rev") && options_has(o, "local"))
        return misuse(err, "--rev and --local exclude each other");
    result = compare(o, &r, &what, err);
    progress_erase();
    if (result < 0)
        return -1;
    tell(&r, what, streq(options_text(o, "format"), "markdown"));
    return r.errors.len ? 2 : r.items.len ? 1 : 0;
}

static const struct option_spec diff_options[] = {
    {"rev", 0, "A..B", "compare two commits of the local repository; no cluster is needed"},
    {"local", 0, "DIR", "render the Application from here, not from its repository"},
    {"into", 0, "NAMESPACE", "of objects of a PATH that name none; by default the context's"},
    {"format", 0, "unified|markdown", "markdown is for a comment of a pull request"},
    {.name = NULL},
};

const struct verb diff_verb = {
    .name = "diff",
    .summary = "show what a sync would change, or what differs between two commits",
    .arguments = "[NAMESPACE/]APP | PATH",
    .max_arguments = 1,
    .about =
        "APP is rendered at its target revision, PATH as it is on disk (an argument that is a\n"
        "directory is a PATH). The API server then tells by a dry run what a sync would make of\n"
        "each object: this takes the rights get and patch, and writes nothing. With --rev A..B\n"
        "the objects of PATH in two commits are compared, and no cluster is asked; \"A..\" ends "
        "at\n"
        "HEAD, and \"A\" alone is compared with the files on disk.\n"
        "Values of Secrets are digests, keyed anew each time: equal ones are equal, and nothing\n"
        "can be read from them.\n"
        "Exit status: 0 nothing differs, 1 something does, 2 something could not be compared.\n",
    .examples = "gitopsctl diff shop\n"
                "# Before a commit: the files here, as the Application shop would deploy them\n"
                "gitopsctl diff shop --local overlays/staging\n"
                "# A directory that no Application deploys yet\n"
                "gitopsctl diff overlays/staging --into shop\n"
                "# In the CI of a pull request\n"
                "gitopsctl diff --rev origin/main..HEAD overlays/staging --format markdown\n",
    .options = diff_options,
    .common = VERB_CLUSTER,
    .group = VERB_LOOK,
    .failure = 2,
    .answers = {"Nothing differs.", "Something differs."},
    .run = diff_run,
};
