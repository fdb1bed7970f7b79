/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/project/projects.h"

#include "daemon/object/identity.h"
#include "daemon/object/label_match.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/doc/yaml.h"
#include "lib/kube/watch.h"

struct entry {
    json_t *object;            /* the stored AppProject; NULL: the default one of Argo CD */
    struct project *effective; /* NULL: not made since the last change */
    unsigned generation;       /* of the list that saw it last */
};

struct projects {
    struct kube_client *client;
    struct kube_discovery *discovery;
    struct kube_watch *watch;
    char *namespace;
    projects_changed_fn *changed;
    projects_repositories_fn *repositories;
    void *arg;
    struct map entries; /* name -> struct entry */
    json_t *global;
    unsigned generation;
    bool known;    /* all that exist have been told once */
    bool in_list;  /* the first one: only its end tells the whole */
    char *failure; /* why they cannot be read; NULL: they can */
};

static void entry_free(void *arg)
{
    struct entry *e = arg;

    if (!e)
        return;
    json_decref(e->object);
    project_unref(e->effective);
    free(e);
}

/* Each may hold parts of others, or of settings: all are made anew. */
static void tell(struct projects *p)
{
    struct map_entry *m;
    size_t it = 0;

    while ((m = map_next(&p->entries, &it)))
        project_unref(TAKE(((struct entry *)m->value)->effective));
    if (p->known && !p->in_list)
        p->changed(p->arg);
}

static const json_t *meaning_of(const json_t *object, const char *field)
{
    return streq(field, "spec") ? json_object_get(object, field)
                                : json_object_get(json_object_get(object, "metadata"), field);
}

static bool says_the_same(const json_t *a, const json_t *b)
{
    static const char *const fields[] = {"spec", "labels", "deletionTimestamp"};

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const json_t *x = meaning_of(a, fields[i]);
        const json_t *y = meaning_of(b, fields[i]);

        if (x != y && !json_equal((json_t *)x, (json_t *)y))
            return false;
    }
    return true;
}

/* Returns whether that changes anything. */
static bool take(struct projects *p, const json_t *object)
{
    const char *name = object_meta_string(object, "name");
    struct entry *e = map_find(&p->entries, name);
    bool same = e && e->object && says_the_same(e->object, object);

    if (!e) {
        e = xcalloc(1, sizeof(*e));
        map_set(&p->entries, name, e);
    }
    json_decref(e->object);
    e->object = json_deep_copy(object);
    e->generation = p->generation;
    return !same;
}

/* ---- from the cluster ---- */

static void on_list_start(void *arg, bool is_check)
{
    struct projects *p = arg;

    p->in_list = !is_check;
    p->generation++;
}

static void on_object(void *arg, enum kube_event event, const json_t *object)
{
    struct projects *p = arg;
    const char *name = object_meta_string(object, "name");
    bool is_news;

    if (event == KUBE_DELETED) {
        is_news = map_has(&p->entries, name);
        entry_free(map_remove(&p->entries, name));
    } else {
        is_news = take(p, object);
    }
    if (is_news && !p->in_list)
        log_event(LOG_INFO, event == KUBE_DELETED ? "project removed" : "project changed",
                  "project", name, NULL);
    if (is_news)
        tell(p);
}

/* What the list did not hold is gone. */
static bool drop_unseen(struct projects *p)
{
    struct map_entry *m;
    size_t it = 0;
    bool dropped = false;

    while ((m = map_next(&p->entries, &it))) {
        struct entry *e = m->value;

        if (!e->object || e->generation == p->generation)
            continue;
        dropped = true;
        entry_free(map_remove(&p->entries, m->key));
    }
    return dropped;
}

static void on_list_done(void *arg, uint64_t version)
{
    struct projects *p = arg;
    bool is_news = drop_unseen(p) || p->in_list || !p->known;

    (void)version;
    p->in_list = false;
    p->known = true;
    free(TAKE(p->failure));
    if (is_news)
        tell(p);
}

/* Those that were read last stay in force; before any were, nothing is permitted. */
static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct projects *p = arg;

    (void)retry_ms;
    free(TAKE(p->failure));
    if (!err)
        return;
    p->failure = xstrdup(error_message(err));
    log_event(LOG_WARN, "cannot watch AppProjects", "namespace", p->namespace, "error", p->failure,
              "instead", p->known ? "those that were read last" : "applications wait", NULL);
    if (!p->known)
        p->changed(p->arg);
}

void projects_watch(struct projects *p, struct kube_discovery *d)
{
    static const struct kube_watch_callbacks callbacks = {.list_start = on_list_start,
                                                          .object = on_object,
                                                          .list_done = on_list_done,
                                                          .failed = on_failed};
    const struct kube_resource *r = kube_discovery_find(d, "argoproj.io", "v1alpha1", "AppProject");

    if (p->watch)
        return;
    if (r) {
        p->known = false;
        p->discovery = kube_discovery_ref(d);
        p->watch = kube_watch_start(p->client, r, p->namespace, NULL, &callbacks, p);
    } else if (!p->known) {
        p->known = true;
        tell(p);
    }
}

/* ---- from files ---- */

void projects_set_all(struct projects *p, const json_t *objects)
{
    const json_t *object;
    size_t i;

    p->generation++;
    json_array_foreach (objects, i, object) {
        const char *ns = object_meta_string(object, "namespace");

        if (!*ns || streq(ns, p->namespace))
            take(p, object);
    }
    drop_unseen(p);
    p->known = true;
    tell(p);
}

/* ---- life ---- */

struct projects *projects_new(struct kube_client *client, const char *control_namespace,
                              projects_changed_fn *changed, projects_repositories_fn *repositories,
                              void *arg)
{
    struct projects *p = xcalloc(1, sizeof(*p));

    p->client = client;
    p->namespace = xstrdup(control_namespace);
    p->changed = changed;
    p->repositories = repositories;
    p->arg = arg;
    return p;
}

void projects_free(struct projects *p)
{
    if (!p)
        return;
    if (p->watch)
        kube_watch_stop(p->watch);
    kube_discovery_unref(p->discovery);
    map_clear_with(&p->entries, entry_free);
    json_decref(p->global);
    free(p->namespace);
    free(p->failure);
    free(p);
}

void projects_set_global(struct projects *p, const json_t *global)
{
    if (p->global == global || (p->global && global && json_equal(p->global, (json_t *)global)))
        return;
    json_decref(p->global);
    p->global = global ? json_deep_copy(global) : NULL;
    tell(p);
}

void projects_repositories_changed(struct projects *p)
{
    tell(p);
}

/* ---- questions ---- */

bool projects_are_known(const struct projects *p, const char **why)
{
    *why = p->known ? NULL : p->failure;
    return p->known;
}

static bool is_leaving(const json_t *object)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const json_t *item;
    size_t i;

    if (!*object_meta_string(object, "deletionTimestamp"))
        return false;
    json_array_foreach (json_object_get(metadata, "finalizers"), i, item) {
        if (streq(json_string_value(item), PROJECT_FINALIZER))
            return true;
    }
    return false;
}

void projects_each_leaving(const struct projects *p, projects_leaving_fn *each, void *arg)
{
    struct map_entry *m;
    size_t it = 0;

    while ((m = map_next(&p->entries, &it))) {
        const struct entry *e = m->value;

        if (e->object && is_leaving(e->object))
            each(arg, e->object);
    }
}

/* As stored: a new reference. */
static int stored(struct projects *p, const char *name, struct project **out, struct error **err)
{
    const struct entry *e = map_find(&p->entries, name);

    if (e && e->object)
        return project_parse(e->object, out, err);
    if (!streq(name, PROJECT_DEFAULT))
        return error_set(err, ERROR_NOT_FOUND, "there is no AppProject %s in namespace %s", name,
                         p->namespace);
    *out = project_default();
    return 0;
}

static int merge_global(struct projects *p, struct project *into, struct error **err)
{
    const json_t *rule;
    size_t i;

    json_array_foreach (p->global, i, rule) {
        const char *name = object_string(rule, "projectName");
        cleanup_project struct project *global = NULL;

        if (streq(name, into->name) ||
            !labels_match(json_object_get(rule, "labelSelector"), into->labels))
            continue;
        if (stored(p, name, &global, err) < 0)
            return error_wrap(err, "globalProjects of argocd-cm");
        project_merge(into, global);
    }
    return 0;
}

int projects_find(struct projects *p, const char *name, struct project **out, struct error **err)
{
    struct entry *e = map_find(&p->entries, name);
    cleanup_project struct project *made = NULL;

    if (!e || !e->effective) {
        if (stored(p, name, &made, err) < 0 || merge_global(p, made, err) < 0)
            return -1;
        p->repositories(p->arg, name, &made->source_repos);
    }
    if (!e) { /* the default one, which nobody stored */
        e = xcalloc(1, sizeof(*e));
        map_set(&p->entries, name, e);
    }
    if (made)
        e->effective = TAKE(made);
    *out = e->effective;
    return 0;
}
