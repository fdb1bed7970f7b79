/* SPDX-License-Identifier: Apache-2.0 */
/* observe_fight: what is fought over, object by object; the rules are in fight.h. */
#include "daemon/object/identity.h"
#include "daemon/observe/observe_parts.h"
#include "lib/base/time.h"
#include "lib/doc/place.h"
#include "lib/doc/yaml.h"

/* Of a long value the beginning says enough. */
#define SHOWN_BYTES 60

static bool is_secret(const struct object *object)
{
    return str_has_prefix(object->key, "/Secret/");
}

/* As a person reads it: JSON, and of a Secret a digest. Heap string. */
static char *value_text(const struct observer *o, const struct object *object, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    char *shown;

    if (!text)
        return xstrdup("nothing");
    if (is_secret(object))
        shown = mask_text(&o->mask, text, strlen(text));
    else if (strlen(text) > SHOWN_BYTES)
        shown = xasprintf("%.*s...", SHOWN_BYTES, text);
    else
        return text;
    free(text);
    return shown;
}

static void lost_a_round(struct observer *o, struct object *object,
                         const struct fight_difference *how)
{
    uint64_t now = time_monotonic_ms();

    fights_differs(&o->fights, object->key, how, now);
    object->held_until_ms = fights_held_until(&o->fights, object->key, now);
}

void object_fight_differs(struct observer *o, struct object *object, const struct drifts *drifts,
                          const json_t *live)
{
    cleanup_json json_t *desired = NULL;
    cleanup_free char *wanted = NULL;
    cleanup_free char *there = NULL;
    struct fight_difference how;

    if (!drifts->len || !fights_is_watching(&o->fights, object->key, time_monotonic_ms()))
        return;
    desired = json_loadb(object->desired->body, object->desired->body_len, JSON_ALLOW_NUL, NULL);
    wanted = value_text(o, object, place_find(desired, drifts->items[0].path));
    there = live ? value_text(o, object, place_find(live, drifts->items[0].path))
                 : xstrdup("another value");
    how = (struct fight_difference){.path = drifts->items[0].path,
                                    .wanted = wanted,
                                    .live = there,
                                    .manager = drifts->items[0].manager};
    lost_a_round(o, object, &how);
}

void object_fight_gone(struct observer *o, struct object *object)
{
    static const struct fight_difference deleted = {
        .path = "the object", .wanted = "it exists", .live = "deleted"};

    if (object->desired)
        lost_a_round(o, object, &deleted);
}

void object_fight_forget(struct observer *o, struct object *object)
{
    fights_forget(&o->fights, object->key);
    object->held_until_ms = 0;
}

void observer_feed_written(struct observer *o, const json_t *answer)
{
    cleanup_free char *key = object_key_of(answer);
    struct object *object = key ? map_find(&o->objects, key) : NULL;

    if (!object)
        return;
    fights_wrote(&o->fights, key, time_monotonic_ms());
    /* The server made nothing of our write: what differs, differs again. */
    if (object->verdict == VERDICT_DRIFTED && object_version(answer) == object->resource_version)
        object->unseen = true;
    observer_feed(o, answer);
}

static void next_time(uint64_t at_ms, uint64_t *first_ms)
{
    if (!*first_ms || at_ms < *first_ms)
        *first_ms = at_ms;
}

char *observer_fights(const struct observer *o, const struct app *app, uint64_t *until_ms)
{
    uint64_t now = time_monotonic_ms();
    struct buf told = BUF_UNLIMITED;

    *until_ms = 0;
    for (size_t i = 0; fights_any(&o->fights) && app->desired && i < app->desired->len; i++) {
        const struct desired *want = &app->desired->items[i];
        const struct object *object = map_find(&o->objects, want->key);
        cleanup_free char *message = fights_message(&o->fights, want->key, now);

        if (!object || object->wanted_by != app)
            continue;
        if (!message)
            continue;
        next_time(object->held_until_ms > now ? object->held_until_ms
                                              : fights_told_until(&o->fights, want->key, now),
                  until_ms);
        buf_printf(&told, "%s%s %s%s%s: %s", told.len ? "; " : "", want->kind, want->namespace,
                   *want->namespace ? "/" : "", want->name, message);
    }
    return told.len ? buf_take(&told) : NULL;
}
