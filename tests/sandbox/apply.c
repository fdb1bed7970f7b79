/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/apply.h"

#include "lib/base/time.h"
#include "lib/kube/field_set.h"
#include "tests/sandbox/apply_conflict.h"
#include "tests/sandbox/apply_managed.h"
#include "tests/sandbox/apply_value.h"
#include "tests/sandbox/apply_zero.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

/* What nobody owns: identity, and what the server writes itself. */
static const char *const unowned[] = {"f:name",       "f:namespace",     "f:creationTimestamp",
                                      "f:selfLink",   "f:uid",           "f:clusterName",
                                      "f:generation", "f:managedFields", "f:resourceVersion"};

static json_t *without_unowned(const json_t *fields)
{
    json_t *strip =
        json_pack("{s:{}, s:{}, s:{s:{}}}", "f:apiVersion", "f:kind", "f:metadata", ".");
    json_t *metadata = json_object_get(strip, "f:metadata"), *out;

    for (size_t i = 0; i < ARRAY_LEN(unowned); i++)
        json_object_set_new(metadata, unowned[i], json_object());
    out = field_set_subtract(fields, strip);
    json_decref(strip);
    return out;
}

static void set_managed(json_t *object, const struct apply_managed *managed)
{
    json_t *metadata = json_object_get(object, "metadata");
    json_t *entries = apply_managed_write(managed);

    if (entries)
        json_object_set_new(metadata, "managedFields", entries);
    else
        json_object_del(metadata, "managedFields");
}

/* "" for the object itself. */
static const char *subresource_of(const struct apply_options *o)
{
    return o->subresource ? o->subresource : "";
}

static void replace(json_t **set, json_t *with)
{
    json_decref(*set);
    *set = with;
}

/* What changed, but for what such a write cannot change. */
static void compare_writable(const json_t *before, const json_t *after,
                             const struct apply_options *o, struct apply_comparison *c)
{
    apply_compare(before, after, o->type, c);
    replace(&c->removed, apply_set_without(c->removed, o->reset));
    replace(&c->modified, apply_set_without(c->modified, o->reset));
    replace(&c->added, apply_set_without(c->added, o->reset));
}

/* Everybody but `writer` loses what was changed or removed. */
static void take_fields(struct apply_managed *managed, const struct apply_manager *writer,
                        const struct apply_comparison *c)
{
    json_t *changed = field_set_union(c->modified, c->added);

    replace(&changed, field_set_union(changed, c->removed));
    for (size_t i = 0; i < managed->managers.len; i++) {
        struct apply_manager *m = managed->managers.items[i];

        if (m != writer)
            apply_manager_set_fields(m, field_set_subtract(m->fields, changed));
    }
    json_decref(changed);
}

/* ---- other writes ---- */

static void track(struct apply_managed *managed, const json_t *before, const json_t *after,
                  const struct apply_options *o, const char *name)
{
    cleanup_apply_comparison struct apply_comparison c = {.removed = NULL};
    json_t *written;

    compare_writable(before, after, o, &c);
    take_fields(managed, NULL, &c);
    written = field_set_union(c.modified, c.added);
    replace(&written, without_unowned(written));
    if (!apply_set_is_empty(written)) {
        char now[TIME_RFC3339_BYTES];
        struct apply_manager *m =
            apply_managed_get(managed, name, false, o->api_version, subresource_of(o));

        time_format_rfc3339(o->now_ms, now);
        apply_manager_set_fields(m, field_set_union(m->fields, written));
        apply_manager_set_time(m, now);
    }
    json_decref(written);
    apply_managed_drop_empty(managed);
    apply_managed_cap(managed);
}

/* [] or [{}] */
static bool asks_for_reset(const json_t *entries)
{
    return json_is_array(entries) &&
           (json_array_size(entries) == 0 ||
            (json_array_size(entries) == 1 && json_object_size(json_array_get(entries, 0)) == 0));
}

/* Whose entries count: those of the write, or of what there is. */
static void read_wish(struct apply_managed *managed, const json_t *before, const json_t *after,
                      const struct apply_options *o)
{
    const json_t *wish = *subresource_of(o) ? NULL : apply_entries_of(after);

    if (asks_for_reset(wish))
        apply_managed_read(managed, NULL);
    else if (!apply_managed_read(managed, wish) || managed->managers.len == 0)
        apply_managed_read(managed, apply_entries_of(before));
}

void apply_track_update(const json_t *before, json_t *after, const struct apply_options *o)
{
    cleanup_apply_managed struct apply_managed managed = {.managers = {.len = 0}};

    read_wish(&managed, before, after, o);
    if (!before || managed.managers.len > 0) {
        json_t *old = before ? apply_bare(before) : apply_zero(o->api_version, o->kind);
        json_t *next = apply_bare(after);

        track(&managed, old, next, o, o->manager);
        json_decref(old);
        json_decref(next);
    }
    set_managed(after, &managed);
}

/* ---- apply ---- */

/* One apply on its way. Documents are bare. */
struct application {
    const struct apply_options *o;
    json_t *live;
    json_t *applied;
    struct apply_managed managed;
    struct apply_manager *writer; /* of `managed` */
    json_t *merged;
};

static void application_clear(struct application *a)
{
    json_decref(a->live);
    json_decref(a->applied);
    json_decref(a->merged);
    apply_managed_clear(&a->managed);
}

static void application_init(struct application *a, const json_t *live, const json_t *applied,
                             const struct apply_options *o)
{
    *a = (struct application){.o = o, .applied = apply_bare(applied)};
    a->live = live ? apply_bare(live) : json_object();
    apply_managed_read(&a->managed, apply_entries_of(live));
    if (live && a->managed.managers.len == 0) {
        json_t *zero = apply_zero(o->api_version, o->kind);

        track(&a->managed, zero, a->live, o, "before-first-apply");
        json_decref(zero);
    }
}

static json_t *all_owned(const struct apply_managed *managed)
{
    json_t *all = json_object();

    for (size_t i = 0; i < managed->managers.len; i++) {
        const struct apply_manager *m = managed->managers.items[i];

        replace(&all, field_set_union(all, m->fields));
    }
    return all;
}

static json_t *named_fields(const json_t *document, const struct kube_type *type)
{
    json_t *fields = apply_fields_of(document, type);
    json_t *out = apply_set_with_named(fields, type);

    json_decref(fields);
    return out;
}

/* What is of `last`, was taken out, and is nobody's. */
static json_t *left_over(const json_t *merged_fields, const json_t *pruned, const json_t *owned,
                         const struct kube_type *type)
{
    json_t *kept = named_fields(pruned, type);
    json_t *out;

    replace(&kept, field_set_union(kept, owned));
    out = field_set_subtract(merged_fields, kept);
    json_decref(kept);
    return out;
}

/* Take out of `merged` what the writer declared the last time, but not this time, unless somebody
 * owns it. */
static void prune(struct application *a, const json_t *last)
{
    const struct kube_type *type = a->o->type;
    json_t *last_named = apply_set_with_named(last, type);
    json_t *merged_fields = named_fields(a->merged, type);
    json_t *owned = all_owned(&a->managed);
    json_t *pruned = apply_value_remove(a->merged, last_named, type);
    json_t *gone;

    replace(&owned, apply_set_with_named(owned, type));
    gone = left_over(merged_fields, pruned, owned, type);
    replace(&pruned, apply_value_remove(a->merged, gone, type));
    /* What goes with its parent although it was never the writer's comes back. */
    replace(&gone, left_over(merged_fields, pruned, NULL, type));
    replace(&gone, apply_set_intersect(gone, last_named));
    replace(&a->merged, apply_value_remove(a->merged, gone, type));
    json_decref(gone);
    json_decref(pruned);
    json_decref(owned);
    json_decref(merged_fields);
    json_decref(last_named);
}

static int merge(struct application *a, struct error **err)
{
    const struct apply_options *o = a->o;
    json_t *last, *fields;

    if (apply_value_check(a->applied, o->type, err) < 0 ||
        apply_value_merge(a->live, a->applied, o->type, &a->merged, err) < 0)
        return -1;
    a->writer = apply_managed_get(&a->managed, o->manager, true, o->api_version, subresource_of(o));
    last = json_incref(a->writer->fields);
    fields = apply_fields_of(a->applied, o->type);
    replace(&fields, apply_set_without(fields, o->reset));
    apply_manager_set_fields(a->writer, fields);
    if (!apply_set_is_empty(last))
        prune(a, last);
    json_decref(last);
    return 0;
}

/* Of those who own what the apply changes; the fields that `allowed` (or NULL) has are free. */
static void find_conflicts(const struct application *a, const struct apply_comparison *c,
                           const json_t *allowed, struct apply_conflicts *out)
{
    json_t *changed = field_set_union(c->modified, c->added);
    cleanup_ptrvec struct ptrvec managers = {.len = 0};

    apply_managed_by_name(&a->managed, &managers);
    for (size_t i = 0; i < managers.len; i++) {
        const struct apply_manager *m = managers.items[i];
        json_t *fields;

        if (m == a->writer)
            continue;
        fields = apply_set_intersect(m->fields, changed);
        replace(&fields, field_set_subtract(fields, allowed));
        apply_conflicts_add(out, m, fields);
        json_decref(fields);
    }
    json_decref(changed);
}

/* `kubectl apply` without --server-side left the configuration in an annotation: what is still as
 * it says is free for kubectl's server-side apply. NULL: nothing. */
static json_t *free_by_annotation(const struct application *a)
{
    const json_t *annotations =
        json_object_get(json_object_get(a->live, "metadata"), "annotations");
    const char *text = json_string_value(json_object_get(annotations, LAST_APPLIED));
    cleanup_apply_comparison struct apply_comparison c = {.removed = NULL};
    json_t *document = text ? json_loads(text, 0, NULL) : NULL, *fields;

    if (!streq(a->o->manager, "kubectl") || !json_is_object(document) ||
        !streq(json_string_value(json_object_get(document, "apiVersion")), a->o->api_version)) {
        json_decref(document);
        return NULL;
    }
    apply_compare(document, a->live, a->o->type, &c);
    fields = apply_fields_of(document, a->o->type);
    replace(&fields, field_set_subtract(fields, c.modified));
    replace(&fields, field_set_subtract(fields, c.removed));
    json_decref(document);
    return fields;
}

/* ... and from then on it says what was applied. */
static void write_annotation(const struct application *a)
{
    json_t *annotations = json_object_get(json_object_get(a->merged, "metadata"), "annotations");
    cleanup_free char *text = NULL, *line = NULL;
    json_t *applied, *own;

    if (!streq(a->o->manager, "kubectl") || !json_object_get(annotations, LAST_APPLIED))
        return;
    applied = json_deep_copy(a->applied);
    own = json_object_get(json_object_get(applied, "metadata"), "annotations");
    json_object_del(own, LAST_APPLIED);
    text = json_dumps(applied, JSON_COMPACT | JSON_SORT_KEYS);
    line = xasprintf("%s\n", text);
    json_object_set_new(annotations, LAST_APPLIED, json_string(line));
    json_decref(applied);
}

static int own_fields(struct application *a, json_t **causes, struct error **err)
{
    cleanup_apply_comparison struct apply_comparison c = {.removed = NULL};
    cleanup_apply_conflicts struct apply_conflicts conflicts = {.causes = NULL};

    compare_writable(a->live, a->merged, a->o, &c);
    if (!a->o->force) {
        json_t *allowed = free_by_annotation(a);

        find_conflicts(a, &c, allowed, &conflicts);
        json_decref(allowed);
        if (conflicts.count > 0) {
            *causes = json_incref(conflicts.causes);
            return apply_conflicts_error(&conflicts, err);
        }
    }
    take_fields(&a->managed, a->writer, &c);
    apply_manager_set_fields(a->writer, without_unowned(a->writer->fields));
    if (!json_equal(a->live, a->merged)) {
        char now[TIME_RFC3339_BYTES];

        time_format_rfc3339(a->o->now_ms, now);
        apply_manager_set_time(a->writer, now);
    }
    apply_managed_drop_empty(&a->managed);
    return 0;
}

static int refuse(struct error **err, int code, const char *message)
{
    error_set(err, ERROR_INVALID, "%s", message);
    error_set_code(*err, code);
    return -1;
}

/* "apps/v1, Kind=Deployment" or "/v1, Kind=Pod" */
static char *kind_text(const char *api_version, const char *kind)
{
    return xasprintf("%s%s, Kind=%s", strchr(api_version, '/') ? "" : "/", api_version, kind);
}

static int check_applied(const json_t *applied, const struct apply_options *o, struct error **err)
{
    const char *version = json_string_value(json_object_get(applied, "apiVersion"));
    const char *kind = json_string_value(json_object_get(applied, "kind"));

    if (!streq(version, o->api_version) || !streq(kind, o->kind)) {
        cleanup_free char *text = kind_text(version ? version : "", kind ? kind : "");
        cleanup_free char *message = xasprintf("invalid object type: %s", text);

        return refuse(err, 400, message);
    }
    if (apply_entries_of(applied))
        return refuse(err, 400, "metadata.managedFields must be nil");
    return 0;
}

/* The fault of the configuration, as the server tells it. */
static int refuse_merge(const struct application *a, struct error **err)
{
    const json_t *metadata = json_object_get(a->applied, "metadata");
    const char *ns = json_string_value(json_object_get(metadata, "namespace"));
    const char *name = json_string_value(json_object_get(metadata, "name"));
    cleanup_free char *kind = kind_text(a->o->api_version, a->o->kind);
    cleanup_free char *message =
        xasprintf("failed to create typed patch object (%s/%s; %s): %s", ns ? ns : "",
                  name ? name : "", kind + (*kind == '/'), error_message(*err));

    error_free(*err);
    *err = NULL;
    return refuse(err, 500, message);
}

int apply_merge(const json_t *live, const json_t *applied, const struct apply_options *o,
                json_t **out, json_t **causes, struct error **err)
{
    struct application a;
    int result = -1;

    if (check_applied(applied, o, err) < 0)
        return -1;
    application_init(&a, live, applied, o);
    if (merge(&a, err) < 0) {
        refuse_merge(&a, err);
    } else if (own_fields(&a, causes, err) == 0) {
        write_annotation(&a);
        set_managed(a.merged, &a.managed);
        *out = json_deep_copy(a.merged);
        result = 0;
    }
    application_clear(&a);
    return result;
}
