/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status/status_parts.h"
#include "daemon/sync/plan.h"

struct summary {
    struct strvec images;
    struct strvec urls;
    bool is_app_of_apps;
};

/* `lines` may be NULL. */
static void add_lines(struct strvec *to, const char *lines)
{
    while (lines && *lines) {
        size_t len = strcspn(lines, "\n");

        strvec_take(to, xstrndup(lines, len));
        lines += len + (lines[len] == '\n');
    }
}

static void add_object(struct summary *s, const struct object *object)
{
    if (!object || !object->uid[0])
        return;
    add_lines(&s->images, object->images);
    add_lines(&s->urls, object->urls);
    s->is_app_of_apps |= str_has_prefix(object->key, "argoproj.io/Application/");
}

/* Sorted, each once; nothing where there is none. */
static void put_list(json_t *to, const char *field, struct strvec *texts)
{
    json_t *list;

    if (!texts->len)
        return;
    list = json_array();
    strvec_sort(texts);
    for (size_t i = 0; i < texts->len; i++)
        if (i == 0 || !streq(texts->items[i], texts->items[i - 1]))
            json_array_append_new(list, json_string(texts->items[i]));
    json_object_set_new(to, field, list);
}

json_t *status_summary(const struct app *app, const struct observer *observer)
{
    json_t *summary = json_object();
    struct summary s = {0};
    struct map_entry *e;
    size_t it = 0;

    for (size_t i = 0; app->desired && i < app->desired->len; i++)
        add_object(&s, observer_find(observer, app->desired->items[i].key));
    while ((e = map_next(&app->tracked, &it)))
        if (((struct object *)e->value)->wanted_by != app)
            add_object(&s, e->value);
    put_list(summary, "images", &s.images);
    put_list(summary, "externalURLs", &s.urls);
    if (s.is_app_of_apps)
        json_object_set_new(summary, "isAppOfApps", json_true());
    strvec_clear(&s.images);
    strvec_clear(&s.urls);
    return summary;
}
