/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/events_print.h"

#include "cli/verbs/print.h"
#include "daemon/object/identity.h"
#include "lib/base/map.h"

/* ---- which ---- */

static void put_key(struct map *m, const char *kind, const char *ns, const char *name)
{
    cleanup_free char *key = xasprintf("%s %s/%s", kind, ns, name);

    map_set(m, key, m);
}

static bool has_key(const struct map *m, const char *kind, const char *ns, const char *name,
                    size_t len)
{
    cleanup_free char *key = xasprintf("%s %s/%.*s", kind, ns, (int)len, name);

    return map_has(m, key);
}

static bool is_made(const char *kind)
{
    return streq(kind, "Pod") || streq(kind, "ReplicaSet") || streq(kind, "Job");
}

/* Does its name begin with that of a workload and a dash? */
static bool is_below(const struct map *objects, const char *ns, const char *name)
{
    static const char *const owners[] = {"Deployment", "StatefulSet", "DaemonSet",
                                         "ReplicaSet", "Job",         "CronJob"};

    for (const char *dash = strchr(name, '-'); dash; dash = strchr(dash + 1, '-'))
        for (size_t i = 0; i < ARRAY_LEN(owners); i++)
            if (has_key(objects, owners[i], ns, name, (size_t)(dash - name)))
                return true;
    return false;
}

static bool concerns(const struct map *objects, const json_t *event)
{
    const json_t *about = json_object_get(event, "involvedObject");
    const char *kind = object_string(about, "kind");
    const char *ns = object_string(about, "namespace");
    const char *name = object_string(about, "name");

    return has_key(objects, kind, ns, name, strlen(name)) ||
           (is_made(kind) && is_below(objects, ns, name));
}

/* When it was seen last. */
static const char *time_of(const json_t *event)
{
    const json_t *series = json_object_get(event, "series");
    const char *const times[] = {
        object_string(series, "lastObservedTime"), object_string(event, "lastTimestamp"),
        object_string(event, "eventTime"), object_string(event, "firstTimestamp"),
        object_meta_string(event, "creationTimestamp")};

    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        if (*times[i])
            return times[i];
    return "";
}

struct ordered {
    json_t *event;
    size_t place;
};

/* Texts of UTC times of the same form sort by time; what is as old stays in its order. */
static int compare(const void *a, const void *b)
{
    const struct ordered *x = a;
    const struct ordered *y = b;
    int order = strncmp(time_of(x->event), time_of(y->event), strlen("2026-01-01T00:00:00"));

    return order ? order : (x->place > y->place) - (x->place < y->place);
}

json_t *events_choose(const json_t *app, const json_t *events)
{
    cleanup_map struct map objects = {0};
    struct ordered *found = xcalloc(json_array_size(events) + 1, sizeof(*found));
    json_t *chosen = json_array();
    json_t *item;
    size_t count = 0;
    size_t i;

    put_key(&objects, "Application", object_meta_string(app, "namespace"),
            object_meta_string(app, "name"));
    json_array_foreach (json_object_get(json_object_get(app, "status"), "resources"), i, item)
        put_key(&objects, object_string(item, "kind"), object_string(item, "namespace"),
                object_string(item, "name"));
    json_array_foreach (events, i, item)
        if (concerns(&objects, item)) {
            found[count] = (struct ordered){.event = item, .place = count};
            count++;
        }
    qsort(found, count, sizeof(*found), compare);
    for (i = 0; i < count; i++)
        json_array_append(chosen, found[i].event);
    free(found);
    return chosen;
}

/* ---- as a table ---- */

static json_int_t count_of(const json_t *event)
{
    const json_t *series = json_object_get(event, "series");
    json_int_t count = json_integer_value(json_object_get(series ? series : event, "count"));

    return count > 1 ? count : 1;
}

static void put_event(struct print_table *t, const json_t *event)
{
    const json_t *about = json_object_get(event, "involvedObject");
    cleanup_free char *age = print_age(time_of(event));
    cleanup_free char *object =
        xasprintf("%s %s/%s", object_string(about, "kind"), object_string(about, "namespace"),
                  object_string(about, "name"));
    cleanup_free char *message = xstrdup(object_string(event, "message"));
    json_int_t count = count_of(event);
    cleanup_free char *text = NULL;

    message[strcspn(message, "\n")] = '\0';
    text = count > 1 ? xasprintf("%s (%" JSON_INTEGER_FORMAT " times)", message, count)
                     : xstrdup(message);
    print_row(t);
    print_cell(t, age);
    print_state(t, object_string(event, "type"));
    print_cell(t, object_string(event, "reason"));
    print_cell(t, object);
    print_cell(t, text);
}

void events_print(const json_t *events, struct buf *out)
{
    static const char *const headings[] = {"LAST", "TYPE", "REASON", "OBJECT", "MESSAGE", NULL};
    cleanup_print_table struct print_table t = {.headings = headings};
    const json_t *event;
    size_t i;

    json_array_foreach (events, i, event)
        put_event(&t, event);
    print_table_put(&t, out);
}
