/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/diff.h"

#include "daemon/object/identity.h"
#include "daemon/object/redact.h"
#include "daemon/permit.h"
#include "daemon/sync/prune.h"
#include "lib/doc/diff.h"
#include "lib/doc/mask.h"
#include "lib/doc/yaml.h"
#include "lib/git/text_diff.h"

#define REQUESTS_AT_ONCE 8

/* GET the live object -> dry run (of what is desired) -> compared. */
struct diff_object {
    struct diff *diff;
    char *group, *version, *kind, *namespace, *name;
    json_t *desired; /* NULL: it would be pruned */
    json_t *live;    /* NULL: it does not exist */
    json_t *entry;   /* what is told about it, when it is compared */
};

struct diff {
    struct daemon *daemon;
    struct kube_client *writer;       /* as whom the application is synced; NULL: as ourselves */
    struct kube_discovery *discovery; /* holds the resources of requests on the wire */
    struct mask mask;
    struct diff_object *objects;
    size_t len;
    size_t next; /* the first that has not been started */
    size_t open;
    uv_timer_t timer; /* to leave diff_start first */
    diff_done_fn *done;
    void *arg;
};

static struct diff_object *add(struct diff *x)
{
    x->objects = xrealloc(x->objects, (x->len + 1) * sizeof(*x->objects));
    x->objects[x->len] = (struct diff_object){0};
    return &x->objects[x->len++];
}

static void add_desired(struct diff *x, const struct desired *want)
{
    struct diff_object *o = add(x);

    o->group = xstrdup(want->group);
    o->version = xstrdup(want->version);
    o->kind = xstrdup(want->kind);
    o->namespace = xstrdup(want->namespace);
    o->name = xstrdup(want->name);
    o->desired = json_loadb(want->body, want->body_len, JSON_ALLOW_NUL, NULL);
}

static void add_extra(struct diff *x, const struct object *object)
{
    const struct kube_resource *r = object_resource(object);
    const char *name = strrchr(object->key, '/') + 1;
    const char *ns = strchr(strchr(object->key, '/') + 1, '/') + 1;
    struct diff_object *o;

    if (!r)
        return;
    o = add(x);
    o->group = xstrdup(r->group);
    o->version = xstrdup(r->version);
    o->kind = xstrdup(r->kind);
    o->namespace = xstrndup(ns, (size_t)(name - 1 - ns));
    o->name = xstrdup(name);
}

static void collect(struct diff *x, const struct app *app)
{
    const struct observer *observer = x->daemon->observer;
    struct map_entry *e;
    size_t it = 0;

    for (size_t i = 0; app->desired && i < app->desired->len; i++) {
        const struct object *object = observer_find(observer, app->desired->items[i].key);

        if (object && object->wanted_by == app && object->verdict != VERDICT_SYNCED)
            add_desired(x, &app->desired->items[i]);
    }
    while ((e = map_next(&app->tracked, &it)))
        if (plan_is_extra(app, e->value))
            add_extra(x, e->value);
}

/* ---- one object ---- */

/* A copy as people may see it; NULL of NULL. */
static json_t *presentable(const struct diff *x, const json_t *object)
{
    return mask_presentable(&x->mask, object, &x->daemon->settings->mask_annotations);
}

static char *yaml_text(const json_t *object)
{
    struct buf text = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;

    if (!object || yaml_print(object, &text, &err) < 0)
        return NULL;
    return buf_take(&text);
}

static void tell_changes(struct diff_object *o, const json_t *after)
{
    cleanup_json json_t *from = presentable(o->diff, o->live);
    cleanup_json json_t *to = presentable(o->diff, after);
    cleanup_free char *from_text = yaml_text(from);
    cleanup_free char *to_text = yaml_text(to);
    cleanup_free char *name = xasprintf("%s%s%s/%s%s%s", o->kind, *o->group ? "." : "", o->group,
                                        o->namespace, *o->namespace ? "/" : "", o->name);
    cleanup_buf struct buf unified = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    json_t *changes = json_diff(from, to);
    const char *change = !from ? "create" : !to ? "prune" : "update";

    if (json_array_size(changes) == 0)
        change = "none";
    json_object_set_new(o->entry, "change", json_string(change));
    json_object_set_new(o->entry, "changes", changes);
    if (text_diff(name, from_text, to_text, &unified, &err) < 0)
        buf_puts(&unified, error_message(err));
    json_object_set_new(o->entry, "unified", json_string(unified.len ? unified.data : ""));
}

static void tell_error(struct diff_object *o, const struct error *err)
{
    cleanup_free char *text = redact_secret(
        error_message(err), streq(o->kind, "Secret") && !*o->group ? o->desired : NULL);

    json_object_set_new(o->entry, "error", json_string(text));
}

static void go_on(struct diff *x);

static void object_done(struct diff_object *o)
{
    o->diff->open--;
    go_on(o->diff);
}

static void on_predicted(void *arg, const json_t *answer, const struct error *err)
{
    struct diff_object *o = arg;

    if (err)
        tell_error(o, err);
    else
        tell_changes(o, answer);
    object_done(o);
}

static const struct kube_resource *resource_of(const struct diff_object *o)
{
    return kube_discovery_find(o->diff->discovery, o->group, o->version, o->kind);
}

static void predict(struct diff_object *o)
{
    static const struct kube_apply_options options = {.field_manager = FIELD_MANAGER,
                                                      .force = true,
                                                      .dry_run = true,
                                                      .field_validation = "Strict"};
    cleanup_free char *body = json_dumps(o->desired, JSON_COMPACT);

    kube_apply(o->diff->writer ? o->diff->writer : o->diff->daemon->client, resource_of(o),
               o->namespace, o->name, body, strlen(body), &options, on_predicted, o);
}

static void on_live(void *arg, const json_t *live, const struct error *err)
{
    struct diff_object *o = arg;

    if (err && error_kind(err) != ERROR_NOT_FOUND) {
        tell_error(o, err);
    } else {
        o->live = json_incref((json_t *)live);
        if (o->desired && !o->diff->daemon->stopping) {
            predict(o);
            return;
        }
        tell_changes(o, NULL);
    }
    object_done(o);
}

static void object_start(struct diff_object *o)
{
    const struct kube_resource *r = resource_of(o);
    cleanup_error struct error *err = NULL;

    o->entry = json_pack("{s:s, s:s, s:s, s:s, s:s}", "group", o->group, "version", o->version,
                         "kind", o->kind, "namespace", o->namespace, "name", o->name);
    o->diff->open++;
    if (r) {
        kube_get(o->diff->daemon->client, r, o->namespace, o->name, on_live, o);
        return;
    }
    error_set(&err, ERROR_NOT_FOUND, "the API server does not serve %s in %s%s%s", o->kind,
              o->group, *o->group ? "/" : "", o->version);
    tell_error(o, err);
    o->diff->open--;
}

/* ---- all of them ---- */

static void on_closed(uv_handle_t *handle)
{
    struct diff *x = CONTAINER_OF(handle, struct diff, timer);

    for (size_t i = 0; i < x->len; i++) {
        struct diff_object *o = &x->objects[i];

        free(o->group);
        free(o->version);
        free(o->kind);
        free(o->namespace);
        free(o->name);
        json_decref(o->desired);
        json_decref(o->live);
        json_decref(o->entry);
    }
    free(x->objects);
    kube_client_free(x->writer);
    kube_discovery_unref(x->discovery);
    free(x);
}

static void finish(struct diff *x)
{
    cleanup_json json_t *objects = json_array();

    for (size_t i = 0; i < x->len; i++)
        if (x->objects[i].entry)
            json_array_append(objects, x->objects[i].entry);
    x->done(x->arg, objects);
    uv_close((uv_handle_t *)&x->timer, on_closed);
}

static void go_on(struct diff *x)
{
    while (x->next < x->len && x->open < REQUESTS_AT_ONCE && !x->daemon->stopping)
        object_start(&x->objects[x->next++]);
    if (x->open == 0)
        finish(x);
}

static void on_timer(uv_timer_t *timer)
{
    go_on(CONTAINER_OF(timer, struct diff, timer));
}

/* Where nobody is permitted to write, only we can ask. */
static struct kube_client *writer_of(const struct daemon *d, const struct app *app)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *user = NULL;

    return app->spec && permit_user(d, app, &user, &err) == 0 && user
               ? kube_client_as(d->client, user)
               : NULL;
}

void diff_start(struct daemon *d, const struct app *app, diff_done_fn *done, void *arg)
{
    struct diff *x = xcalloc(1, sizeof(*x));

    x->daemon = d;
    x->writer = writer_of(d, app);
    x->discovery = kube_discovery_ref(d->discovery);
    x->done = done;
    x->arg = arg;
    mask_init(&x->mask);
    collect(x, app);
    for (size_t i = 0; i < x->len; i++)
        x->objects[i].diff = x;
    uv_timer_init(d->loop, &x->timer);
    uv_timer_start(&x->timer, on_timer, 0, 0);
}
