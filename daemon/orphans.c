/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/orphans.h"

#include "daemon/app/app.h"
#include "daemon/observe/observe.h"
#include "daemon/options/options.h"
#include "daemon/orphans_watch.h"
#include "daemon/project/projects.h"
#include "daemon/render/desired.h"
#include "daemon/schedule.h"
#include "daemon/settings/settings.h"
#include "daemon/tree/tree_node.h"
#include "lib/base/buf.h"
#include "lib/base/time.h"
#include "lib/kube/discovery.h"

#include <ctype.h>

/* Events come in bursts. */
#define JUDGE_DELAY_MS 300

/* A namespace that is looked at. */
struct place {
    struct map watches; /* "GROUP/KIND" -> struct orphan_watch */
    bool wanted;        /* while it is found out which are */
    bool is_partial;    /* there are too many watches */
};

struct orphans {
    struct daemon *daemon;
    struct settings *settings; /* of the watches; NULL: there never was one */
    struct orphan_host host;
    struct map places; /* by namespace */
    size_t watch_count;
    uv_timer_t timer; /* runs while something is to be done */
    bool follow;      /* ... which may be other watches */
};

static bool asks(const struct orphans *o, const struct app *app)
{
    const struct strvec *seen = &o->daemon->options->watch_namespaces;

    return app->spec && app->project && app->project->watches_orphans && !app->refusal &&
           *app->spec->dest_namespace && daemon_is_own_cluster(o->daemon, app->spec) &&
           (!seen->len || strvec_has(seen, app->spec->dest_namespace));
}

/* ---- which watches there are ---- */

static void place_free(void *arg)
{
    struct place *place = arg;

    map_clear(&place->watches);
    free(place);
}

static void stop_watch(struct orphans *o, struct orphan_watch *w)
{
    o->watch_count--;
    orphan_watch_free(w);
}

static void stop_place(struct orphans *o, struct place *place)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&place->watches, &it)))
        stop_watch(o, e->value);
    place_free(place);
}

static void stop_all(struct orphans *o)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->places, &it)))
        stop_place(o, e->value);
    map_clear(&o->places);
}

static struct place *want_place(struct orphans *o, const char *namespace)
{
    struct place *place = map_find(&o->places, namespace);

    if (!place) {
        place = xcalloc(1, sizeof(*place));
        map_set(&o->places, namespace, place);
    }
    if (!place->wanted)
        place->is_partial = false;
    place->wanted = true;
    return place;
}

static void want_watch(struct orphans *o, struct place *place, const char *namespace,
                       const struct kube_resource *r)
{
    cleanup_free char *kind = xasprintf("%s/%s", r->group, r->kind);
    struct orphan_watch *w = map_find(&place->watches, kind);

    if (w && !streq(w->resource.version, r->version)) {
        map_remove(&place->watches, kind);
        stop_watch(o, TAKE(w));
    }
    if (!w && o->watch_count >= ORPHANS_MAX_WATCHES) {
        place->is_partial = true;
        return;
    }
    if (!w) {
        w = orphan_watch_new(&o->host, r, namespace);
        map_set(&place->watches, kind, w);
        o->watch_count++;
    }
    w->wanted = true;
}

static void want_app(struct orphans *o, const struct app *app)
{
    const struct kube_discovery *d = o->daemon->discovery;
    const char *namespace = app->spec->dest_namespace;
    struct place *place = want_place(o, namespace);

    for (size_t i = 0; i < kube_discovery_count(d); i++) {
        const struct kube_resource *r = kube_discovery_at(d, i);

        if (orphan_watch_is_for(r) && !settings_excludes(o->settings, r->group, r->kind) &&
            project_permits_kind(app->project, r->group, r->kind, "", true))
            want_watch(o, place, namespace, r);
    }
}

/* Also what a discovery does not show because its group does not answer. */
static bool is_kept(const struct orphans *o, const struct orphan_watch *w)
{
    return w->wanted || kube_discovery_group_failed(o->daemon->discovery, w->resource.group);
}

static void drop_unwanted(struct orphans *o)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&o->places, &it))) {
        struct place *place = e->value;
        struct map_entry *of;
        size_t at = 0;

        while ((of = map_next(&place->watches, &at))) {
            struct orphan_watch *w = of->value;

            if (place->wanted && is_kept(o, w)) {
                w->wanted = false;
                continue;
            }
            map_remove(&place->watches, of->key);
            stop_watch(o, w);
        }
        if (!place->wanted) {
            map_remove(&o->places, e->key);
            place_free(place);
        } else {
            place->wanted = false;
        }
    }
}

static void follow(struct orphans *o)
{
    struct daemon *d = o->daemon;
    cleanup_settings struct settings *former = TAKE(o->settings);
    struct map_entry *e;
    size_t it = 0;

    o->settings = settings_ref(d->settings);
    o->host.tracking = &o->settings->tracking;
    if (former && !tracking_equal(&former->tracking, o->host.tracking))
        stop_all(o);
    while ((e = map_next(&d->apps, &it)))
        if (asks(o, e->value))
            want_app(o, e->value);
    drop_unwanted(o);
}

/* ---- what is an orphan ---- */

/* Claims are named TEMPLATE-STATEFULSET-NUMBER. */
static bool is_claim_of_set(const struct place *place, const struct orphan_watch *w,
                            const char *name)
{
    const struct orphan_watch *sets = map_find(&place->watches, "apps/StatefulSet");
    cleanup_free char *stem = NULL;
    size_t len = strlen(name);

    if (!sets || *w->resource.group || !streq(w->resource.kind, "PersistentVolumeClaim"))
        return false;
    while (len && isdigit((unsigned char)name[len - 1]))
        len--;
    if (!len || !name[len] || name[len - 1] != '-')
        return false;
    stem = xstrndup(name, len - 1);
    for (const char *dash = strchr(stem, '-'); dash; dash = strchr(dash + 1, '-'))
        if (map_has(&sets->objects, dash + 1))
            return true;
    return false;
}

static bool is_orphan(const struct orphans *o, const struct app *app, const struct place *place,
                      const struct orphan_watch *w, const char *name, const struct orphan *orphan)
{
    const struct kube_resource *r = &w->resource;
    cleanup_free char *key = NULL;
    const struct object *object;

    if (orphan->owned ||
        (orphan->instance && (observer_find_app(o->daemon->observer, orphan->instance) ||
                              !daemon_serves_all(o->daemon))) ||
        project_ignores_orphan(app->project, r->group, r->kind, w->namespace, name) ||
        is_claim_of_set(place, w, name))
        return false;
    key = object_key(r->group, r->kind, w->namespace, name);
    object = observer_find(o->daemon->observer, key);
    return !(object && object->wanted_by) && !desired_set_has_aside(app->desired, key);
}

static bool is_seen_by(const struct app *app, const struct orphan_watch *w)
{
    return project_permits_kind(app->project, w->resource.group, w->resource.kind, "", true);
}

/* Has all that it may see been listed, or given up? */
static bool is_ready(const struct app *app, const struct place *place)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&place->watches, &it))) {
        const struct orphan_watch *w = e->value;

        if (is_seen_by(app, w) && !w->listed && !w->failure)
            return false;
    }
    return true;
}

typedef void orphan_found_fn(void *arg, const struct orphan_watch *w, const char *name,
                             const struct orphan *orphan);

static void each_orphan(const struct orphans *o, const struct app *app, const struct place *place,
                        orphan_found_fn *found, void *arg)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&place->watches, &it))) {
        const struct orphan_watch *w = e->value;
        struct map_entry *of;
        size_t at = 0;

        while (is_seen_by(app, w) && (of = map_next(&w->objects, &at)))
            if (is_orphan(o, app, place, w, of->key, of->value))
                found(arg, w, of->key, of->value);
    }
}

/* Why not all of them are known; NULL: they are. Heap string. */
static char *doubt_of(const struct app *app, const struct place *place)
{
    const struct orphan_watch *failed = NULL;
    size_t failures = 0;
    bool left_out = false;
    cleanup_buf struct buf text = BUF_UNLIMITED;
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&place->watches, &it))) {
        const struct orphan_watch *w = e->value;

        if (!is_seen_by(app, w))
            continue;
        left_out |= w->left_out;
        if (w->failure && !failures++)
            failed = w;
    }
    if (left_out)
        buf_printf(&text, "there are more than %d objects without an owner", ORPHANS_MAX_KEPT);
    if (place->is_partial)
        buf_printf(&text, "%smore than %d watches would be needed", text.len ? "; " : "",
                   ORPHANS_MAX_WATCHES);
    if (failures == 1)
        buf_printf(&text, "%s%s cannot be listed: %s", text.len ? "; " : "", failed->resource.kind,
                   failed->failure);
    else if (failures)
        buf_printf(&text, "%s%s and %zu other kinds cannot be listed: %s", text.len ? "; " : "",
                   failed->resource.kind, failures - 1, failed->failure);
    return text.len ? buf_take(&text) : NULL;
}

/* ---- the condition ---- */

static void count(void *arg, const struct orphan_watch *w, const char *name,
                  const struct orphan *orphan)
{
    (void)w;
    (void)name;
    (void)orphan;
    ++*(size_t *)arg;
}

/* Heap string; NULL: none. */
static char *warning_of(const struct orphans *o, const struct app *app, const struct place *place)
{
    cleanup_free char *doubt = doubt_of(app, place);
    size_t orphans = 0;

    each_orphan(o, app, place, count, &orphans);
    if (orphans)
        return xasprintf("Application has %zu orphaned resources%s%s%s", orphans,
                         doubt ? " (not all are known: " : "", doubt ? doubt : "",
                         doubt ? ")" : "");
    return doubt ? xasprintf("Orphaned resources are not all known: %s", doubt) : NULL;
}

static void judge(struct orphans *o, struct app *app)
{
    const char *said = app_condition_message(app, ORPHANS_CONDITION);
    cleanup_free char *warning = NULL;

    if (asks(o, app) && app->project->warns_of_orphans) {
        const struct place *place = map_find(&o->places, app->spec->dest_namespace);

        if (!place || !app->desired || !is_ready(app, place))
            return; /* what was said stays */
        warning = warning_of(o, app, place);
    }
    if (!warning ? !said : said && streq(warning, said))
        return;
    app_set_condition(app, ORPHANS_CONDITION, warning);
    schedule_app(o->daemon, app);
}

static void on_timer(uv_timer_t *timer)
{
    struct orphans *o = CONTAINER_OF(timer, struct orphans, timer);
    struct daemon *d = o->daemon;
    const char *why;
    struct map_entry *e;
    size_t it = 0;

    if (!d->discovery || !d->settings || !d->catalog_complete ||
        !projects_are_known(d->projects, &why))
        return; /* each of them comes with orphans_follow() */
    if (o->follow)
        follow(o);
    o->follow = false;
    while ((e = map_next(&d->apps, &it)))
        judge(o, e->value);
}

/* ---- for others ---- */

static void on_changed(void *arg)
{
    orphans_judge(arg);
}

void orphans_judge(struct orphans *o)
{
    if (o && !uv_is_active((uv_handle_t *)&o->timer))
        uv_timer_start(&o->timer, on_timer, JUDGE_DELAY_MS, 0);
}

void orphans_follow(struct orphans *o)
{
    if (!o)
        return;
    o->follow = true;
    orphans_judge(o);
}

struct orphans *orphans_new(struct daemon *d)
{
    struct orphans *o = xcalloc(1, sizeof(*o));

    o->daemon = d;
    o->host = (struct orphan_host){.client = d->client, .changed = on_changed, .arg = o};
    uv_timer_init(d->loop, &o->timer);
    return o;
}

static void on_closed(uv_handle_t *handle)
{
    free(CONTAINER_OF(handle, struct orphans, timer));
}

void orphans_free(struct orphans *o)
{
    if (!o)
        return;
    stop_all(o);
    settings_unref(o->settings);
    uv_close((uv_handle_t *)&o->timer, on_closed);
}

static void add_node(void *nodes, const struct orphan_watch *w, const char *name,
                     const struct orphan *orphan)
{
    const struct kube_resource *r = &w->resource;
    json_t *node = tree_reference(r->group, r->version, r->kind, w->namespace, name, orphan->uid);
    char created[TIME_RFC3339_BYTES];

    json_object_set_new(node, "resourceVersion",
                        json_sprintf("%llu", (unsigned long long)orphan->resource_version));
    if (orphan->created_s) {
        time_format_rfc3339((int64_t)orphan->created_s * 1000, created);
        json_object_set_new(node, "createdAt", json_string(created));
    }
    json_array_append_new(nodes, node);
}

void orphans_tell(const struct orphans *o, const struct app *app, json_t *nodes, json_t *notes)
{
    cleanup_free char *doubt = NULL;
    const struct place *place;

    if (!o || !asks(o, app))
        return;
    place = map_find(&o->places, app->spec->dest_namespace);
    if (!place || !app->desired || !is_ready(app, place)) {
        json_array_append_new(notes, json_string("orphaned resources are still being looked for"));
        return;
    }
    each_orphan(o, app, place, add_node, nodes);
    doubt = doubt_of(app, place);
    if (doubt)
        json_array_append_new(notes,
                              json_sprintf("orphaned resources are not all known: %s", doubt));
}
