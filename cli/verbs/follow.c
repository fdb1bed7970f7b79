/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/follow.h"

#include "cli/verb.h"
#include "cli/verbs/apps.h"
#include "cli/verbs/patience.h"
#include "cli/verbs/progress.h"
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"
#include "lib/kube/watch.h"

/* Of more Applications than this all of their namespaces are watched: a server has its limits. */
#define MAX_SINGLE 4
/* A person waits: what a watch has missed is to be found soon. */
#define RELIST_MS 60000

/* What one watch tells: all of a namespace, or one Application. */
struct source {
    struct follow *follow;
    struct kube_watch *watch;
    struct map seen; /* by the list that comes in now; keys only */
    char *namespace; /* NULL: all */
    char *name;      /* NULL: all */
    char *fields;    /* field selector; NULL: none */
    bool is_known;   /* listed once */
    bool in_check;   /* the list that comes in only compares */
};

struct follow {
    struct ptrvec sources;
    struct map apps; /* key to json_t */
    struct error *trouble;
    char *selector;
    follow_changed_fn *changed;
    void *arg;
};

char *follow_key(const json_t *app)
{
    return xasprintf("%s/%s", object_meta_string(app, "namespace"),
                     object_meta_string(app, "name"));
}

void follow_keys(const json_t *apps, struct strvec *keys)
{
    const json_t *app;
    size_t i;

    json_array_foreach (apps, i, app)
        strvec_take(keys, follow_key(app));
}

/* ---- what a watch tells ---- */

static bool is_known(const struct follow *f)
{
    for (size_t i = 0; i < f->sources.len; i++)
        if (!((const struct source *)f->sources.items[i])->is_known)
            return false;
    return true;
}

static void tell(struct follow *f)
{
    if (is_known(f))
        f->changed(f->arg);
}

static void drop(struct follow *f, const char *key)
{
    json_decref(map_remove(&f->apps, key));
}

static void on_list_start(void *arg, bool is_check)
{
    struct source *s = arg;

    s->in_check = is_check;
    map_clear(&s->seen);
}

static void on_object(void *arg, enum kube_event event, const json_t *object)
{
    struct source *s = arg;
    struct follow *f = s->follow;
    cleanup_free char *key = follow_key(object);

    if (event == KUBE_DELETED) {
        drop(f, key);
    } else {
        json_decref(map_set(&f->apps, key, json_incref((json_t *)object)));
        if (event == KUBE_LISTED)
            map_set(&s->seen, key, s);
    }
    if (event != KUBE_LISTED)
        tell(f);
}

/* Is it one that this watch tells of? */
static bool is_of(const struct source *s, const char *key)
{
    size_t len = s->namespace ? strlen(s->namespace) : 0;

    if (!len)
        return true;
    if (strncmp(key, s->namespace, len) != 0 || key[len] != '/')
        return false;
    return !s->name || streq(key + len + 1, s->name);
}

static void on_list_done(void *arg, uint64_t version)
{
    struct source *s = arg;
    struct follow *f = s->follow;
    struct map_entry *e;
    size_t it = 0;

    (void)version;
    while (!s->in_check && (e = map_next(&f->apps, &it)))
        if (is_of(s, e->key) && !map_has(&s->seen, e->key))
            drop(f, e->key);
    s->is_known = true;
    tell(f);
}

static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    struct source *s = arg;
    struct follow *f = s->follow;

    (void)retry_ms;
    error_free(f->trouble);
    f->trouble = error_copy(err);
    f->changed(f->arg);
}

/* ---- the watches ---- */

static void add_source(struct follow *f, const char *namespace, const char *name)
{
    struct source *s = xcalloc(1, sizeof(*s));

    s->follow = f;
    s->namespace = xstrdup(namespace);
    s->name = xstrdup(name);
    s->fields = name ? xasprintf("metadata.name=%s", name) : NULL;
    ptrvec_push(&f->sources, s);
}

static bool has_namespace(const struct follow *f, const char *namespace)
{
    for (size_t i = 0; i < f->sources.len; i++)
        if (streq(((const struct source *)f->sources.items[i])->namespace, namespace))
            return true;
    return false;
}

static void add_keys(struct follow *f, const struct strvec *keys)
{
    for (size_t i = 0; i < keys->len; i++) {
        const char *slash = strchr(keys->items[i], '/');
        cleanup_free char *namespace = xstrndup(keys->items[i], (size_t)(slash - keys->items[i]));

        if (keys->len <= MAX_SINGLE)
            add_source(f, namespace, slash + 1);
        else if (!has_namespace(f, namespace))
            add_source(f, namespace, NULL);
    }
}

struct follow *follow_start(struct kube_client *client, const struct follow_spec *spec,
                            follow_changed_fn *changed, void *arg)
{
    static const struct kube_watch_callbacks callbacks = {.list_start = on_list_start,
                                                          .object = on_object,
                                                          .list_done = on_list_done,
                                                          .failed = on_failed};
    struct follow *f = xcalloc(1, sizeof(*f));

    f->changed = changed;
    f->arg = arg;
    f->selector = xstrdup(spec->selector);
    if (spec->keys)
        add_keys(f, spec->keys);
    if (!f->sources.len)
        add_source(f, spec->namespace, NULL);
    for (size_t i = 0; i < f->sources.len; i++) {
        struct source *s = f->sources.items[i];
        struct kube_watch_tuning tuning = {.field_selector = s->fields, .relist_ms = RELIST_MS};

        s->watch = kube_watch_start_tuned(client, &app_resource, s->namespace, f->selector, &tuning,
                                          &callbacks, s);
    }
    return f;
}

static void drop_document(void *document)
{
    json_decref(document);
}

void follow_stop(struct follow *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->sources.len; i++) {
        struct source *s = f->sources.items[i];

        kube_watch_stop(s->watch);
        map_clear(&s->seen);
        free(s->fields);
        free(s->name);
        free(s->namespace);
        free(s);
    }
    ptrvec_clear(&f->sources);
    map_clear_with(&f->apps, drop_document);
    error_free(f->trouble);
    free(f->selector);
    free(f);
}

const struct map *follow_apps(const struct follow *f)
{
    return is_known(f) ? &f->apps : NULL;
}

const struct error *follow_trouble(const struct follow *f)
{
    return f->trouble;
}

/* ---- until it is enough ---- */

struct waiting {
    struct follow *follow;
    struct patience patience;
    follow_enough_fn *enough;
    void *arg;
    struct error *err;
    bool is_refused; /* `err` is the API server's */
    bool is_done;
};

/* A right that is missing does not come by waiting. (One that was there is missed for a moment
 * while an API server starts.) */
static bool is_hopeless(const struct error *err)
{
    return error_kind(err) == ERROR_DENIED || error_kind(err) == ERROR_NOT_FOUND ||
           error_kind(err) == ERROR_INVALID;
}

static void on_changed(void *arg)
{
    struct waiting *w = arg;
    const struct error *trouble = w->follow ? follow_trouble(w->follow) : NULL;
    const struct map *apps = w->follow ? follow_apps(w->follow) : NULL;

    if (w->is_done)
        return;
    w->is_refused = trouble && !apps && is_hopeless(trouble);
    if (w->is_refused)
        w->err = error_copy(trouble);
    else if (apps)
        w->is_done = w->enough(w->arg, apps, &w->err);
    w->is_done |= w->err != NULL;
}

static int outcome(struct cluster *c, struct waiting *w, struct error **err)
{
    const struct error *trouble = follow_trouble(w->follow);

    if (w->err) {
        *err = TAKE(w->err);
        return w->is_refused ? cluster_explain(c, err) : -1;
    }
    if (!w->patience.is_exhausted)
        return 0;
    if (trouble && !follow_apps(w->follow) && !w->patience.is_interrupted) {
        *err = error_copy(trouble);
        return cluster_explain(c, err);
    }
    return patience_error(&w->patience, trouble, err);
}

int follow_until(struct cluster *c, const struct follow_spec *spec, uint64_t timeout_ms,
                 follow_enough_fn *enough, void *arg, struct error **err)
{
    struct waiting w = {.enough = enough, .arg = arg};
    int result;

    patience_start(&w.patience, &c->loop, timeout_ms, &w.is_done);
    w.follow = follow_start(c->client, spec, on_changed, &w);
    cluster_wait(c, &w.is_done);
    progress_erase();
    progress_say("%s", ""); /* what was waited for is no more */
    result = outcome(c, &w, err);
    follow_stop(w.follow);
    patience_stop(&w.patience);
    return result;
}

int follow_open(const struct options *o, uint64_t default_ms, uint64_t *timeout_ms,
                struct cluster **c, json_t **apps, struct error **err)
{
    if (app_check_choice(o, err) < 0)
        return VERB_MISUSE;
    progress_say("looking for the Applications");
    *timeout_ms = options_duration_ms(o, "timeout", default_ms);
    return cluster_open(o, c, err) < 0 ? -1 : app_choose_some(*c, o, apps, err);
}
