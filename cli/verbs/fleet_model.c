/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/fleet_model.h"

#include "cli/verbs/app_facts.h"
#include "daemon/object/identity.h"

#define APPLIED "applied"

/* ---- making it ---- */

struct fleet_cluster *fleet_add_cluster(struct fleet *f, const char *name)
{
    struct fleet_cluster *c = xcalloc(1, sizeof(*c));

    c->name = xstrdup(name);
    ptrvec_push(&f->clusters, c);
    return c;
}

void fleet_add_app(struct fleet_cluster *c, const json_t *app)
{
    struct fleet_app *a = xcalloc(1, sizeof(*a));
    struct standing s;
    const json_t *image;
    size_t i;

    standing_read(app, &s);
    a->cluster = c;
    a->key =
        xasprintf("%s/%s", object_meta_string(app, "namespace"), object_meta_string(app, "name"));
    a->healthy = xstrdup(standing_healthy(&s));
    a->sync = xstrdup(s.sync);
    a->health = xstrdup(s.health);
    a->target = xstrdup(object_string(app_first_source(app), "targetRevision"));
    a->reason = standing_reason(app, &s);
    a->wanted = TAKE(s.wanted);
    a->applied = TAKE(s.applied);
    a->is_behind = s.is_behind;
    a->is_suspended = s.is_suspended;
    json_array_foreach (app_images(app), i, image)
        if (json_is_string(image))
            strvec_push(&a->images, json_string_value(image));
    strvec_sort(&a->images);
    ptrvec_push(&c->apps, a);
}

static void app_free(struct fleet_app *a)
{
    free(a->key);
    free(a->wanted);
    free(a->applied);
    free(a->healthy);
    free(a->sync);
    free(a->health);
    free(a->target);
    free(a->reason);
    strvec_clear(&a->images);
    free(a);
}

void fleet_drop_apps(struct fleet_cluster *c)
{
    for (size_t i = 0; i < c->apps.len; i++)
        app_free(c->apps.items[i]);
    ptrvec_clear(&c->apps);
}

void fleet_clear(struct fleet *f)
{
    for (size_t i = 0; i < f->clusters.len; i++) {
        struct fleet_cluster *c = f->clusters.items[i];

        fleet_drop_apps(c);
        error_free(c->error);
        free(c->name);
        free(c->server);
        free(c);
    }
    for (size_t i = 0; i < f->differences.len; i++) {
        struct fleet_difference *d = f->differences.items[i];

        free(d->key);
        free(d->what);
        strvec_clear(&d->values);
        strvec_clear(&d->clusters);
        free(d);
    }
    ptrvec_clear(&f->clusters);
    ptrvec_clear(&f->differences);
}

/* ---- images ---- */

size_t image_name_length(const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *last = slash ? slash + 1 : image; /* a port may stand before it */

    return (size_t)(last - image) + strcspn(last, ":@");
}

/* ---- what differs ---- */

/* The tags (or digests) that an application runs of one image, "" none. Heap string. */
static char *versions_of(const struct fleet_app *a, const char *name)
{
    struct buf b = BUF_UNLIMITED;
    size_t len = strlen(name);

    for (size_t i = 0; i < a->images.len; i++) {
        const char *image = a->images.items[i];

        if (image_name_length(image) != len || strncmp(image, name, len) != 0)
            continue;
        buf_printf(&b, "%s%s", b.len ? ", " : "", image[len] ? image + len + 1 : "latest");
    }
    return buf_take(&b);
}

static char *value_of(const struct fleet_app *a, const char *what)
{
    return streq(what, APPLIED) ? xstrdup(a->applied) : versions_of(a, what);
}

static void note_value(struct fleet_difference *d, const char *value, const char *cluster)
{
    for (size_t i = 0; i < d->values.len; i++) {
        char *more;

        if (!streq(d->values.items[i], value))
            continue;
        more = xasprintf("%s, %s", d->clusters.items[i], cluster);
        free(d->clusters.items[i]);
        d->clusters.items[i] = more;
        return;
    }
    strvec_push(&d->values, value);
    strvec_push(&d->clusters, cluster);
}

/* `same`: one application in all clusters that have it. */
static void compare(struct fleet *f, const struct ptrvec *same, const char *what)
{
    struct fleet_difference *d = xcalloc(1, sizeof(*d));
    const struct fleet_app *first = same->items[0];

    d->key = xstrdup(first->key);
    d->what = xstrdup(what);
    for (size_t i = 0; i < same->len; i++) {
        const struct fleet_app *a = same->items[i];
        cleanup_free char *value = value_of(a, what);

        note_value(d, value, a->cluster->name);
    }
    ptrvec_push(&f->differences, d);
    if (d->values.len < 2) {
        f->differences.len--;
        free(d->key);
        free(d->what);
        strvec_clear(&d->values);
        strvec_clear(&d->clusters);
        free(d);
        return;
    }
    for (size_t i = 0; i < same->len; i++) {
        struct fleet_app *a = same->items[i];

        *(streq(what, APPLIED) ? &a->revision_differs : &a->images_differ) = true;
    }
}

static void compare_same(struct fleet *f, const struct ptrvec *same)
{
    cleanup_strvec struct strvec names = {0};

    for (size_t i = 0; i < same->len; i++) {
        const struct fleet_app *a = same->items[i];

        for (size_t k = 0; k < a->images.len; k++) {
            const char *image = a->images.items[k];
            cleanup_free char *name = xstrndup(image, image_name_length(image));

            if (!strvec_has(&names, name))
                strvec_push(&names, name);
        }
    }
    strvec_sort(&names);
    compare(f, same, APPLIED);
    for (size_t i = 0; i < names.len; i++)
        compare(f, same, names.items[i]);
}

static int compare_keys(const void *a, const void *b)
{
    const struct fleet_app *const *x = a;
    const struct fleet_app *const *y = b;

    return strcmp((*x)->key, (*y)->key);
}

void fleet_compare(struct fleet *f)
{
    cleanup_map struct map by_key = {0}; /* to struct ptrvec of apps, which it owns */
    cleanup_strvec struct strvec keys = {0};

    for (size_t i = 0; i < f->clusters.len; i++) {
        struct fleet_cluster *c = f->clusters.items[i];

        if (c->apps.len)
            qsort(c->apps.items, c->apps.len, sizeof(*c->apps.items), compare_keys);
        for (size_t k = 0; k < c->apps.len; k++) {
            struct fleet_app *a = c->apps.items[k];
            struct map_entry *e = map_entry(&by_key, a->key);

            if (!e->value) {
                e->value = xcalloc(1, sizeof(struct ptrvec));
                strvec_push(&keys, a->key);
            }
            ptrvec_push(e->value, a);
        }
    }
    strvec_sort(&keys);
    for (size_t i = 0; i < keys.len; i++) {
        struct ptrvec *same = map_find(&by_key, keys.items[i]);

        compare_same(f, same);
        ptrvec_clear(same);
        free(same);
    }
}

/* ---- what there is ---- */

size_t fleet_unreachable(const struct fleet *f)
{
    size_t count = 0;

    for (size_t i = 0; i < f->clusters.len; i++)
        count += ((const struct fleet_cluster *)f->clusters.items[i])->error != NULL;
    return count;
}

size_t fleet_apps(const struct fleet *f)
{
    size_t count = 0;

    for (size_t i = 0; i < f->clusters.len; i++)
        count += ((const struct fleet_cluster *)f->clusters.items[i])->apps.len;
    return count;
}

size_t fleet_behind(const struct fleet *f)
{
    size_t count = 0;

    for (size_t i = 0; i < f->clusters.len; i++) {
        const struct fleet_cluster *c = f->clusters.items[i];

        for (size_t k = 0; k < c->apps.len; k++)
            count += ((const struct fleet_app *)c->apps.items[k])->is_behind;
    }
    return count;
}

static json_t *strings(const struct strvec *v)
{
    json_t *list = json_array();

    for (size_t i = 0; i < v->len; i++)
        json_array_append_new(list, json_string(v->items[i]));
    return list;
}

static json_t *app_document(const struct fleet_app *a)
{
    const char *slash = strchr(a->key, '/');

    return json_pack("{s:s%, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:b, s:b, s:b, s:s}",
                     "namespace", a->key, (size_t)(slash - a->key), "name", slash + 1,
                     "targetRevision", a->target, "wanted", a->wanted, "applied", a->applied,
                     "healthy", a->healthy, "sync", a->sync, "health", a->health, "images",
                     strings(&a->images), "behind", a->is_behind, "suspended", a->is_suspended,
                     "imagesDiffer", a->images_differ, "revisionDiffers", a->revision_differs,
                     "reason", a->reason);
}

static json_t *cluster_document(const struct fleet_cluster *c)
{
    json_t *apps = json_array();

    for (size_t i = 0; i < c->apps.len; i++)
        json_array_append_new(apps, app_document(c->apps.items[i]));
    return json_pack("{s:s, s:s*, s:s*, s:o}", "context", c->name, "server", c->server,
                     "unreachable", c->error ? error_message(c->error) : NULL, "applications",
                     apps);
}

static json_t *difference_document(const struct fleet_difference *d)
{
    json_t *values = json_array();

    for (size_t i = 0; i < d->values.len; i++)
        json_array_append_new(values, json_pack("{s:s, s:s}", "value", d->values.items[i],
                                                "clusters", d->clusters.items[i]));
    return json_pack("{s:s, s:s, s:o}", "application", d->key, "what", d->what, "values", values);
}

json_t *fleet_document(const struct fleet *f)
{
    json_t *clusters = json_array();
    json_t *differences = json_array();

    for (size_t i = 0; i < f->clusters.len; i++)
        json_array_append_new(clusters, cluster_document(f->clusters.items[i]));
    for (size_t i = 0; i < f->differences.len; i++)
        json_array_append_new(differences, difference_document(f->differences.items[i]));
    return json_pack("{s:s, s:o, s:o}", "kind", "Fleet", "clusters", clusters, "differences",
                     differences);
}
