/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/catalog.h"

#include "daemon/object/identity.h"
#include "daemon/project/project.h"
#include "kustomize/selector.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/doc/yaml.h"
#include "lib/kube/watch.h"
#include "lib/tree/tree.h"

#include <sys/stat.h>

#define SKIP_ANNOTATION "argocd.argoproj.io/skip-reconcile"
#define MAX_FILE_BYTES (8 << 20)

struct catalog {
    struct kube_client *client;
    struct kube_discovery *discovery;
    const struct kube_resource *resource; /* held by the discovery */
    char *namespace;                      /* NULL: all */
    struct kube_watch *watch;
    struct catalog_callbacks callbacks;
    void *arg;
    struct catalog_choice choice;
    struct label_selector *labels; /* the selector, for files; NULL: any */
    struct map known;              /* "NAMESPACE/NAME": what has been told */
    struct map listing;            /* likewise, of the list that runs */
    struct map argocds;            /* likewise, but: what was left to Argo CD, as the log says */
    struct map skipped;            /* likewise, what is left alone: its project, a heap string */
    struct map skipped_now;        /* ... as the list that runs has it */
    bool in_list;
};

struct catalog *catalog_new(struct kube_client *client, const struct catalog_callbacks *callbacks,
                            void *arg)
{
    struct catalog *c = xcalloc(1, sizeof(*c));

    c->client = client;
    c->callbacks = *callbacks;
    c->arg = arg;
    return c;
}

void catalog_free(struct catalog *c)
{
    if (!c)
        return;
    if (c->watch)
        kube_watch_stop(c->watch);
    kube_discovery_unref(c->discovery);
    free(c->namespace);
    map_clear(&c->known);
    map_clear(&c->listing);
    map_clear(&c->argocds);
    map_clear_with(&c->skipped, free);
    map_clear(&c->skipped_now);
    label_selector_free(c->labels);
    free(c);
}

int catalog_choose(struct catalog *c, const struct catalog_choice *choice, struct error **err)
{
    if (choice->selector && label_selector_parse(choice->selector, &c->labels, err) < 0)
        return error_wrap(err, "--selector %s", choice->selector);
    c->choice = *choice;
    return 0;
}

static void tell_removed(struct catalog *c, const char *key)
{
    cleanup_free char *ns = xstrdup(key);
    char *slash = strchr(ns, '/');

    *slash = '\0';
    c->callbacks.removed(c->arg, ns, slash + 1);
}

/* What `now` does not have is gone; `now` becomes what is known. */
static void replace_known(struct catalog *c, struct map *now)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&c->known, &it)))
        if (!map_has(now, e->key))
            tell_removed(c, e->key);
    map_clear(&c->known);
    c->known = *now;
    *now = (struct map){0};
    c->callbacks.complete(c->arg);
}

static char *key_of(const json_t *application)
{
    return xasprintf("%s/%s", object_meta_string(application, "namespace"),
                     object_meta_string(application, "name"));
}

/* As Go reads a boolean. */
static bool has_skip_annotation(const json_t *application)
{
    static const char *const yes[] = {"1", "t", "T", "true", "True", "TRUE"};
    const char *text = object_annotation(application, SKIP_ANNOTATION);

    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (streq(text, yes[i]))
            return true;
    return false;
}

/* A person asks to leave it alone, also while it is deleted. */
static bool is_skipped(const struct catalog *c, const json_t *application)
{
    return has_skip_annotation(application) != c->choice.beside_argocd;
}

/* ---- from the cluster ---- */

/* Selected, but Argo CD serves it as well: two must not. Told once. */
static void tell_left_to_argocd(struct catalog *c, const char *key)
{
    if (!c->choice.beside_argocd || map_has(&c->argocds, key))
        return;
    map_set(&c->argocds, key, c);
    log_event(LOG_WARN,
              "application left to Argo CD: it has no annotation " SKIP_ANNOTATION ": \"true\"",
              "app", key, NULL);
}

static char *project_of(const json_t *application)
{
    const char *project = object_string(json_object_get(application, "spec"), "project");

    return xstrdup(*project ? project : PROJECT_DEFAULT);
}

static void note_skipped(struct catalog *c, const char *key, const json_t *application)
{
    free(map_remove(&c->skipped, key));
    map_remove(&c->skipped_now, key);
    if (!application)
        return;
    map_set(&c->skipped, key, project_of(application));
    if (c->in_list)
        map_set(&c->skipped_now, key, c);
}

static void forget_unseen(struct catalog *c)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&c->skipped, &it)))
        if (!map_has(&c->skipped_now, e->key))
            free(map_remove(&c->skipped, e->key));
    map_clear(&c->skipped_now);
}

bool catalog_skips_one_of(const struct catalog *c, const char *project)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&c->skipped, &it)))
        if (streq(e->value, project))
            return true;
    return false;
}

static void on_list_start(void *arg, bool is_check)
{
    struct catalog *c = arg;

    map_clear(&c->listing);
    map_clear(&c->skipped_now);
    c->in_list = true;
    if (!is_check)
        c->callbacks.relisted(c->arg);
}

static void on_object(void *arg, enum kube_event event, const json_t *application)
{
    struct catalog *c = arg;
    cleanup_free char *key = key_of(application);
    bool skips = is_skipped(c, application);

    if (event == KUBE_DELETED || !skips)
        map_remove(&c->argocds, key);
    else
        tell_left_to_argocd(c, key);
    note_skipped(c, key, event != KUBE_DELETED && skips ? application : NULL);
    if (skips && !map_has(&c->known, key)) {
        if (event == KUBE_DELETED)
            tell_removed(c, key);
        return;
    }
    if (event == KUBE_DELETED || skips) {
        map_remove(&c->known, key);
        map_remove(&c->listing, key);
        tell_removed(c, key);
        return;
    }
    map_set(&c->known, key, c);
    if (c->in_list)
        map_set(&c->listing, key, c);
    c->callbacks.changed(c->arg, application, false);
}

static void on_list_done(void *arg, uint64_t version)
{
    struct catalog *c = arg;

    (void)version;
    c->in_list = false;
    forget_unseen(c);
    replace_known(c, &c->listing);
}

static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    (void)arg;
    (void)retry_ms;
    if (err)
        log_event(LOG_WARN, "cannot watch Applications", "error", error_message(err), NULL);
    else
        log_event(LOG_INFO, "watching Applications again", NULL);
}

static void start_watch(struct catalog *c)
{
    static const struct kube_watch_callbacks callbacks = {.list_start = on_list_start,
                                                          .object = on_object,
                                                          .list_done = on_list_done,
                                                          .failed = on_failed};

    c->watch =
        kube_watch_start(c->client, c->resource, c->namespace, c->choice.selector, &callbacks, c);
}

void catalog_watch(struct catalog *c, struct kube_discovery *d, const struct kube_resource *r,
                   const char *ns)
{
    if (c->watch)
        return;
    c->discovery = kube_discovery_ref(d);
    c->resource = r;
    c->namespace = xstrdup(ns);
    start_watch(c);
}

void catalog_again(struct catalog *c)
{
    if (!c->watch)
        return; /* its first list is still to come */
    kube_watch_stop(c->watch);
    c->in_list = false;
    start_watch(c);
}

/* ---- from files ---- */

static bool is_manifest_name(const char *name)
{
    return str_has_suffix(name, ".yaml") || str_has_suffix(name, ".yml") ||
           str_has_suffix(name, ".json");
}

static bool is_chosen(const struct catalog *c, const json_t *application)
{
    return !is_skipped(c, application) &&
           (!c->labels ||
            label_selector_matches(
                c->labels, json_object_get(json_object_get(application, "metadata"), "labels")));
}

/* What files hold, of each kind. */
struct found {
    json_t *applications;
    json_t *projects;
};

static int load_file(struct file_tree *tree, const char *dir, const char *name,
                     const struct found *found, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_FILE_BYTES);
    cleanup_free char *path = xasprintf("%s/%s", dir, name);
    cleanup_json json_t *docs = NULL;
    json_t *doc;
    size_t i;

    if (tree_read(tree, name, &text, err) < 0)
        return error_wrap(err, "%s", path);
    if (yaml_parse(path, text.data, text.len, YAML_KUBECTL, &docs, err) < 0)
        return -1;
    json_array_foreach (docs, i, doc) {
        const char *kind = object_string(doc, "kind");

        if ((!streq(kind, "Application") && !streq(kind, "AppProject")) ||
            !str_has_prefix(object_string(doc, "apiVersion"), "argoproj.io/"))
            continue;
        if (!*object_meta_string(doc, "name"))
            return error_set(err, ERROR_INVALID, "%s: document %zu: metadata.name is missing", path,
                             i + 1);
        json_array_append(streq(kind, "Application") ? found->applications : found->projects, doc);
    }
    return 0;
}

static int load_path(const char *path, const struct found *found, struct error **err)
{
    cleanup_file_tree struct file_tree *tree = NULL;
    cleanup_strvec struct strvec names = {0};
    cleanup_free char *dir = NULL;
    struct stat st;

    if (stat(path, &st) < 0)
        return error_set(err, ERROR_NOT_FOUND, "--app %s: no such file or directory", path);
    if (!S_ISDIR(st.st_mode)) {
        dir = strchr(path, '/') ? path_dir(path) : xstrdup(".");
        if (!*dir) {
            free(dir);
            dir = xstrdup("/");
        }
        if (tree_open_dir(dir, &tree, err) < 0)
            return -1;
        return load_file(tree, dir, path_base(path), found, err);
    }
    if (tree_open_dir(path, &tree, err) < 0 || tree_list(tree, "", &names, err) < 0)
        return error_wrap(err, "--app %s", path);
    for (size_t i = 0; i < names.len; i++)
        if (is_manifest_name(names.items[i]) &&
            load_file(tree, path, names.items[i], found, err) < 0)
            return -1;
    return 0;
}

int catalog_load_files(struct catalog *c, const struct strvec *paths, struct error **err)
{
    cleanup_json json_t *applications = json_array();
    cleanup_json json_t *projects = json_array();
    struct found found = {.applications = applications, .projects = projects};
    struct map now = {0};
    json_t *application;
    size_t i;

    for (i = 0; i < paths->len; i++)
        if (load_path(paths->items[i], &found, err) < 0)
            return -1;
    if (json_array_size(applications) == 0)
        return error_set(err, ERROR_INVALID,
                         "--app: no object of kind Application (argoproj.io/v1alpha1) in %s%s",
                         paths->items[0], paths->len > 1 ? " and the other files" : "");
    json_array_foreach (applications, i, application) {
        cleanup_free char *key = key_of(application);

        if (!is_chosen(c, application))
            continue;
        if (map_has(&now, key)) {
            map_clear(&now);
            return error_set(err, ERROR_INVALID, "--app: Application %s appears twice", key);
        }
        map_set(&now, key, c);
    }
    c->callbacks.projects(c->arg, projects);
    json_array_foreach (applications, i, application) {
        if (is_chosen(c, application))
            c->callbacks.changed(c->arg, application, true);
    }
    replace_known(c, &now);
    return 0;
}
