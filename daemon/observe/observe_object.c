/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/judge.h"
#include "daemon/object/hook.h"
#include "daemon/object/identity.h"
#include "daemon/object/images.h"
#include "daemon/object/sync_options.h"
#include "daemon/object/urls.h"
#include "daemon/observe/observe_parts.h"
#include "daemon/observe/pending.h"
#include "lib/base/buf.h"
#include "lib/base/hash.h"
#include "lib/base/interned.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"

void object_stop_judging(struct object *object)
{
    judge_cancel(TAKE(object->judging));
    free(TAKE(object->problem));
}

void object_stop_assessing(struct object *object)
{
    health_run_cancel(TAKE(object->assessing));
}

void object_free(void *arg)
{
    struct object *object = arg;

    if (!object)
        return;
    object_stop_judging(object);
    object_stop_assessing(object);
    interned_unref(object->key);
    interned_unref(object->instance);
    free(object->elsewhere);
    free(object->drift);
    free(object->health_message);
    free(object->images);
    free(object->urls);
    pending_drop(object->pending);
    free(object);
}

static char *kind_name_of_key(const char *key)
{
    const char *slash = strchr(key, '/');

    return xstrndup(key, (size_t)(strchr(slash + 1, '/') - key));
}

struct object *object_get(struct observer *o, const char *key)
{
    struct object *object = map_find(&o->objects, key);
    cleanup_free char *kind = NULL;

    if (object)
        return object;
    kind = kind_name_of_key(key);
    object = xcalloc(1, sizeof(*object));
    object->key = interned_ref(key);
    object->kind = map_find(&o->kinds, kind);
    map_set(&o->objects, key, object);
    return object;
}

bool object_exists(const struct object *object)
{
    return object->uid[0] != '\0';
}

void observer_notify(struct observer *o, struct app *app)
{
    if (app)
        o->changed(o->arg, app);
}

static struct app *app_of_instance(const struct observer *o, const char *instance)
{
    return instance ? map_find(&o->apps, instance) : NULL;
}

/* Who must hear of this object: who wants it, and whose tracking id it carries. */
static void notify_object(struct observer *o, const struct object *object)
{
    struct app *tracker = app_of_instance(o, object->instance);

    observer_notify(o, object->wanted_by);
    if (tracker != object->wanted_by)
        observer_notify(o, tracker);
}

void object_set_instance(struct observer *o, struct object *object, char *instance)
{
    struct app *before = app_of_instance(o, object->instance);
    struct app *after = app_of_instance(o, instance);

    interned_unref(object->instance);
    object->instance = interned_take(instance);
    if (before == after)
        return;
    if (before) {
        map_remove(&before->tracked, object->key);
        observer_notify(o, before);
    }
    if (after)
        map_set(&after->tracked, object->key, object);
}

void object_drop(struct observer *o, struct object *object)
{
    object_set_instance(o, object, NULL);
    map_remove(&o->objects, object->key);
    object_free(object);
}

void object_drop_if_idle(struct observer *o, struct object *object)
{
    if (!object->desired && !object->instance)
        object_drop(o, object);
}

void object_set_verdict(struct object *object, enum verdict verdict, char *drift)
{
    if (verdict != VERDICT_DRIFTED && verdict != VERDICT_MISSING)
        object->changed_at_us = 0;
    object->verdict = verdict;
    free(object->drift);
    object->drift = drift;
}

/* `live` is NULL where it is not at hand any more. */
static void conclude(struct observer *o, struct object *object, enum drift drift,
                     const struct drifts *drifts, const json_t *live)
{
    bool was_well = object->verdict == VERDICT_SYNCED;

    object->foreign = drift == DRIFT_ADOPT;
    if (drift == DRIFT_NONE) {
        object_set_verdict(object, VERDICT_SYNCED, NULL);
        return;
    }
    object_set_verdict(
        object, VERDICT_DRIFTED,
        xasprintf("%s: %s", drifts->len ? drifts->items[0].path : "", drift_name(drift)));
    object_fight_differs(o, object, drifts, live);
    if (was_well)
        object->changed_at_us = time_monotonic_us();
}

static void on_judged(void *arg, const struct judgment *judgment)
{
    struct object *object = arg;
    struct observer *o = object->kind->observer;

    if (judgment->problem) {
        if (streq(object->problem, judgment->problem))
            return;
        free(object->problem);
        object->problem = xstrdup(judgment->problem);
    } else {
        object->judging = NULL; /* it is gone */
        free(TAKE(object->problem));
        conclude(o, object, judgment->drift, judgment->drifts, NULL);
    }
    notify_object(o, object);
}

static char *writer_of(void *arg)
{
    const struct object *object = arg;
    const struct observer *o = object->kind->observer;

    return o->writer && object->wanted_by ? o->writer(o->arg, object->wanted_by) : NULL;
}

/* In another version fields do not compare; the answer to a write comes in the version that is
 * desired, and so does the GET of whoever asks because of `unseen`. Until then the last verdict
 * stands. */
static bool is_other_version(const struct desired *desired, const json_t *live)
{
    const char *version = object_string(live, "apiVersion");
    size_t group_len = strlen(desired->group);

    if (group_len &&
        (strncmp(version, desired->group, group_len) != 0 || version[group_len] != '/'))
        return true;
    return !streq(version + group_len + (group_len > 0), desired->version);
}

static void compare_live(struct observer *o, struct object *object, const json_t *live)
{
    struct judge_case c = {
        .desired = object->desired,
        .live = live,
        .ignore = object->wanted_by->ignore,
        .server_side_diff = object->wanted_by->compare.server_side_diff == SERVER_SIDE_DIFF_ALWAYS,
        .user = writer_of,
    };
    cleanup_drifts struct drifts drifts = {0};
    enum drift drift;

    object->unseen = is_other_version(object->desired, live);
    if (object->unseen) {
        if (object->verdict != VERDICT_SYNCED && object->verdict != VERDICT_DRIFTED)
            object_set_verdict(object, VERDICT_STALE, NULL);
        return;
    }
    object->judging = judge_start(o->judge, &c, &drift, &drifts, on_judged, object);
    if (!object->judging)
        conclude(o, object, drift, &drifts, live);
    else if (object->verdict != VERDICT_SYNCED && object->verdict != VERDICT_DRIFTED)
        object_set_verdict(object, VERDICT_UNKNOWN, NULL);
}

static void set_health(struct object *object, bool has_health, enum health_status status,
                       const char *message)
{
    object->has_health = has_health;
    object->health = status;
    free(object->health_message);
    object->health_message = message ? xstrdup(message) : NULL;
}

static void on_assessed(void *arg, const struct health_outcome *outcome)
{
    struct object *object = arg;

    if (outcome->is_final)
        object->assessing = NULL; /* it is gone */
    object->assessed = true;
    set_health(object, outcome->has_health, outcome->status, outcome->message);
    notify_object(object->kind->observer, object);
}

static bool is_asked_about(const struct observer *o, const struct object *object)
{
    return object->wanted_by || app_of_instance(o, object->instance);
}

/* A script takes time and may be anybody's: none is run for what is not an application's of ours.
 * Whoever comes to own it has it looked at again. */
static void assess_live(struct observer *o, struct object *object, const json_t *live)
{
    cleanup_free char *message = NULL;
    enum health_status status = HEALTH_PROGRESSING;
    bool has_health = false;

    object_stop_assessing(object);
    object->reassess = false;
    object->unasked = !is_asked_about(o, object) && assess_takes_script(o->assessor, live);
    if (!object->unasked)
        object->assessing =
            assess(o->assessor, live, &has_health, &status, &message, on_assessed, object);
    if (!object->assessing && !object->unasked)
        set_health(object, has_health, status, message);
    else if (!object->assessed)
        set_health(object, true, HEALTH_PROGRESSING, "Waiting for its health script");
    object->assessed = object->assessed || !(object->assessing || object->unasked);
}

void object_unask(struct observer *o, struct object *object)
{
    if (!object->assessing || is_asked_about(o, object))
        return;
    object_stop_assessing(object);
    object->unasked = true;
}

/* Compare and assess a live object. Without a desired side it may be one that is to come. */
void object_judge(struct observer *o, struct object *object, const json_t *live)
{
    struct app *tracker = app_of_instance(o, object->instance);

    object_stop_judging(object);
    pending_drop(TAKE(object->pending));
    assess_live(o, object, live);
    if (object->desired) {
        compare_live(o, object, live);
        return;
    }
    object->unseen = false;
    object_set_verdict(object, VERDICT_EXTRA, NULL);
    if (tracker ? !tracker->desired : object->instance && !o->apps_known)
        object->pending = pending_keep(live);
}

/* Source: Argo CD, the options Prune=false and Delete=false of the sync-options annotation, and
 * Helm's resource policy. */
static void read_wishes(struct object *object, const json_t *live)
{
    bool keep = streq(object_annotation(live, "helm.sh/resource-policy"), "keep");

    object->options = sync_options_of_object(object_annotation(live, SYNC_OPTIONS_ANNOTATION));
    object->wave = sync_wave(live);
    object->is_hook = hook_is(live);
    object->hooks = object->is_hook ? hook_types(live) : 0;
    object->hook_policies = object->is_hook ? hook_policies(live) : 0;
    object->held_at = object->is_hook ? hook_finalizer_index(live) + 1 : 0;
    object->no_prune = keep || (object->options & SYNC_NO_PRUNE);
    object->no_delete = keep || (object->options & SYNC_NO_DELETE);
    object->ignore_extraneous =
        options_have(object_annotation(live, COMPARE_OPTIONS_ANNOTATION), "IgnoreExtraneous");
    object->ignore_health =
        streq(object_annotation(live, "argocd.argoproj.io/ignore-healthcheck"), "true");
}

/* One a line; NULL: none. Empties `texts`. */
static char *joined(struct strvec *texts)
{
    cleanup_buf struct buf lines = BUF_UNLIMITED;
    bool none = texts->len == 0;

    for (size_t i = 0; i < texts->len; i++)
        buf_printf(&lines, "%s%s", i ? "\n" : "", texts->items[i]);
    strvec_clear(texts);
    return none ? NULL : xstrdup(lines.data);
}

/* What the summary of its application tells of it. */
static void read_summary(struct object *object, const json_t *live)
{
    struct strvec texts = {0};

    free(object->images);
    free(object->urls);
    images_of_pods(live, &texts);
    object->images = joined(&texts);
    urls_of(live, &texts);
    object->urls = joined(&texts);
}

/* Is this what we know already, or older? Versions of one kind compare also between incarnations of
 * an object: a watch that is resumed tells of an earlier one again. A list is the truth even where
 * it goes back in time: the cluster may have been restored from a snapshot. What it missed follows
 * as events. */
static bool is_old_news(const struct object *object, const char *uid, uint64_t version,
                        bool of_list)
{
    if (!of_list && version < object->resource_version)
        return true;
    if (!object_exists(object))
        return false;
    if (!streq(object->uid, uid) || object->unseen || object->reassess ||
        object->verdict == VERDICT_STALE)
        return false;
    return version == object->resource_version;
}

static const struct tracking *tracking_of(const struct observer *o)
{
    return o->settings ? &o->settings->tracking : NULL;
}

char *observer_instance(const struct observer *o, const json_t *live)
{
    return tracking_instance(live, tracking_of(o));
}

/* All that somebody may act upon. An event that leaves it as it was is nobody's concern: a status
 * or an annotation of others that changes all the time must cost nothing. */
static uint64_t face_of(const struct object *object)
{
    const char *texts[] = {object->uid,      object->drift,     object->health_message,
                           object->instance, object->elsewhere, object->problem,
                           object->images,   object->urls};
    uint64_t parts[ARRAY_LEN(texts) + 1] = {
        (uint64_t)object->verdict | (uint64_t)object->health << 8 |
        (uint64_t)object->has_health << 16 | (uint64_t)object->deleting << 17 |
        (uint64_t)object->no_prune << 18 | (uint64_t)object->no_delete << 19 |
        (uint64_t)object->unseen << 20 | (uint64_t)object->foreign << 21 |
        (uint64_t)(object->judging != NULL) << 22 | (uint64_t)object->ignore_extraneous << 23 |
        (uint64_t)object->is_hook << 24 | (uint64_t)object->ignore_health << 25 |
        (uint64_t)object->options << 32};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        parts[i + 1] = texts[i] ? hash64(texts[i], strlen(texts[i])) : 0;
    return hash64(parts, sizeof(parts));
}

bool object_take_live(struct observer *o, const char *key, const json_t *live, unsigned generation,
                      bool of_list)
{
    struct object *object = map_find(&o->objects, key);
    char *instance = observer_instance(o, live);
    uint64_t version = object_version(live);
    const char *uid = object_meta_string(live, "uid");
    uint64_t face;

    if (!object && !instance)
        return false; /* not ours in any way */
    if (!object)
        object = object_get(o, key);
    object->generation = generation;
    if (is_old_news(object, uid, version, of_list)) {
        free(instance);
        return false;
    }
    face = face_of(object);
    object->assessed = object->assessed && streq(object->uid, uid);
    snprintf(object->uid, sizeof(object->uid), "%s", uid);
    object->resource_version = version;
    object->done = 0;
    object->created_s = object_created(live);
    object->deleting = *object_meta_string(live, "deletionTimestamp") != '\0';
    read_wishes(object, live);
    read_summary(object, live);
    object_set_instance(o, object, instance);
    free(object->elsewhere);
    object->elsewhere = object->instance ? NULL : tracking_foreign_instance(live, tracking_of(o));
    object_judge(o, object, live);
    if (face_of(object) != face)
        notify_object(o, object);
    object_drop_if_idle(o, object);
    return true;
}

bool object_take_gone(struct observer *o, struct object *object, uint64_t version)
{
    bool was_well = object->verdict == VERDICT_SYNCED;

    if (version && version >= object->resource_version)
        object->resource_version = version + 1; /* what is older is an event that comes again */
    if (!object_exists(object) && !object->unseen &&
        object->verdict == (object_is_done(object) ? VERDICT_SYNCED : VERDICT_MISSING))
        return false;
    object_note_end(object);
    object_stop_judging(object);
    object_stop_assessing(object);
    object_fight_gone(o, object);
    object->uid[0] = '\0';
    object->deleting = false;
    object->has_health = false;
    object->unasked = false;
    object->unseen = false;
    object->foreign = false;
    free(TAKE(object->elsewhere));
    pending_drop(TAKE(object->pending));
    object_set_verdict(object, object_is_done(object) ? VERDICT_SYNCED : VERDICT_MISSING, NULL);
    if (was_well)
        object->changed_at_us = time_monotonic_us();
    notify_object(o, object);
    object_set_instance(o, object, NULL);
    object_drop_if_idle(o, object);
    return true;
}

void object_forget(struct observer *o, struct object *object)
{
    object_stop_judging(object);
    object_stop_assessing(object);
    object->uid[0] = '\0';
    object->resource_version = 0;
    object->unseen = object->has_health = object->deleting = object->foreign = false;
    object->unasked = false;
    pending_drop(TAKE(object->pending));
    object_set_verdict(object, VERDICT_UNKNOWN, NULL);
    object_set_instance(o, object, NULL);
    object_drop_if_idle(o, object);
}

enum verdict object_verdict(const struct object *object)
{
    return object->kind && kind_problem(object->kind) ? VERDICT_UNKNOWN : object->verdict;
}
