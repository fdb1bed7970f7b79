/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/respect.h"

#include "daemon/compare/owned.h"
#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

struct respect {
    const struct ignored *ignored;
    json_t *whole; /* the node of a value that is owned as one */
    bool changed;
};

/* One place: what we want there, what is there, and who owns it. All but `live` may be NULL. */
struct spot {
    const json_t *desired, *live;
    const json_t *ours, *others; /* nodes of fieldsV1 */
};

static const json_t *object_or_null(const json_t *v)
{
    return json_is_object(v) ? v : NULL;
}

static struct spot spot_field(const struct spot *s, const char *name)
{
    return (struct spot){.desired = json_object_get(object_or_null(s->desired), name),
                         .live = json_object_get(object_or_null(s->live), name),
                         .ours = owned_field_of(s->ours, name),
                         .others = owned_field_of(s->others, name)};
}

/* The item that "k:{...}" or "v:..." means. `*at` tells where, `*of_live` likewise. */
static struct spot spot_item(const struct spot *s, const char *name, size_t *at, size_t *of_live)
{
    *at = owned_find_item(s->desired, name);
    *of_live = owned_find_item(s->live, name);
    return (struct spot){.desired = *at == OWNED_NO_ITEM ? NULL : json_array_get(s->desired, *at),
                         .live =
                             *of_live == OWNED_NO_ITEM ? NULL : json_array_get(s->live, *of_live),
                         .ours = json_object_get(s->ours, name),
                         .others = json_object_get(s->others, name)};
}

/* The server finds an item by its key: it is part of whatever is applied of the item. */
static void set_key(json_t *item, const char *name)
{
    cleanup_json json_t *key = str_has_prefix(name, "k:") ? json_loads(name + 2, 0, NULL) : NULL;

    if (json_is_object(item) && json_is_object(key))
        json_object_update_missing(item, key);
}

/* ---- the part of an ignored live value that is to be declared; NULL: none ---- */

static json_t *kept(const struct spot *s);

static json_t *kept_fields(const struct spot *s)
{
    json_t *out = json_object();
    const char *name;
    json_t *v;

    json_object_foreach ((json_t *)s->live, name, v) {
        const struct spot field = spot_field(s, name);
        json_t *part = kept(&field);

        if (part)
            json_object_set_new(out, name, part);
    }
    if (json_object_size(out) || (s->ours && !s->others))
        return out;
    json_decref(out);
    return NULL;
}

static json_t *kept_items(const struct spot *s)
{
    json_t *out = json_array();
    const char *name;
    json_t *node;

    json_object_foreach ((json_t *)s->ours, name, node) {
        size_t at, of_live;
        const struct spot item = spot_item(s, name, &at, &of_live);
        json_t *part = kept(&item);

        if (!part)
            continue;
        set_key(part, name);
        json_array_append_new(out, part);
    }
    if (json_array_size(out) || (s->ours && !s->others))
        return out;
    json_decref(out);
    return NULL;
}

static json_t *kept(const struct spot *s)
{
    if (!s->live || owned_is_whole(s->others) || (!s->ours && !s->desired))
        return NULL;
    if (owned_is_whole(s->ours) && !s->others)
        return json_deep_copy(s->live);
    if (json_is_object(s->live) && (s->ours || s->others || json_is_object(s->desired)))
        return kept_fields(s);
    if (json_is_array(s->live) && (s->ours || s->others))
        return kept_items(s);
    return json_deep_copy(s->live);
}

/* ---- the document without its ignored places ---- */

static json_t *build(struct respect *r, const struct spot *s);

static bool is_ignored_field(const struct respect *r, const struct spot *s, const char *name)
{
    return ignored_has_field(r->ignored, s->desired, name) ||
           ignored_has_field(r->ignored, s->live, name);
}

static json_t *build_object(struct respect *r, const struct spot *s)
{
    json_t *out = json_object();
    const char *name;
    json_t *v;

    json_object_foreach ((json_t *)s->desired, name, v) {
        const struct spot field = spot_field(s, name);
        bool is_ignored = is_ignored_field(r, s, name);
        json_t *part = is_ignored ? kept(&field) : build(r, &field);

        r->changed |= is_ignored;
        if (part)
            json_object_set_new(out, name, part);
    }
    json_object_foreach ((json_t *)object_or_null(s->live), name, v) {
        const struct spot field = spot_field(s, name);
        json_t *part = NULL;

        if (!field.desired && is_ignored_field(r, s, name))
            part = kept(&field);
        r->changed |= part != NULL;
        if (part)
            json_object_set_new(out, name, part);
    }
    return out;
}

static bool is_ignored_item(const struct respect *r, const struct spot *list, size_t at,
                            size_t of_live)
{
    return (at != OWNED_NO_ITEM && ignored_has_item(r->ignored, list->desired, at)) ||
           (of_live != OWNED_NO_ITEM && ignored_has_item(r->ignored, list->live, of_live));
}

/* The name in fieldsV1 of the item at `index` of `array`, or NULL. */
static const char *name_of_item(const json_t *names, const json_t *array, size_t index)
{
    const char *name;
    json_t *node;

    json_object_foreach ((json_t *)names, name, node)
        if (owned_find_item(array, name) == index)
            return name;
    return NULL;
}

/* A list whose items are owned one by one. `names`: what anybody owns of it. */
static json_t *build_items(struct respect *r, const struct spot *s, const json_t *names)
{
    json_t *out = json_array();
    const char *name;
    json_t *node, *v;
    size_t i;

    json_array_foreach ((json_t *)s->desired, i, v) {
        size_t at = i, of_live = OWNED_NO_ITEM;
        const char *known = name_of_item(names, s->desired, i);
        struct spot item = {.desired = v};
        bool is_ignored;
        json_t *part;

        if (known)
            item = spot_item(s, known, &at, &of_live);
        is_ignored = is_ignored_item(r, s, i, of_live);
        part = is_ignored ? kept(&item) : build(r, &item);
        r->changed |= is_ignored;
        if (part && known)
            set_key(part, known);
        if (part)
            json_array_append_new(out, part);
    }
    json_object_foreach ((json_t *)names, name, node) {
        size_t at, of_live;
        const struct spot item = spot_item(s, name, &at, &of_live);
        json_t *part = NULL;

        if (at == OWNED_NO_ITEM && is_ignored_item(r, s, at, of_live))
            part = kept(&item);
        if (!part)
            continue;
        r->changed = true;
        set_key(part, name);
        json_array_append_new(out, part);
    }
    return out;
}

/* Where an item of an atomic list is in the live one: by its name, where it has one. */
static size_t find_like(const json_t *array, const json_t *item, size_t index)
{
    const json_t *name = json_object_get(item, "name");
    const json_t *v;
    size_t i;

    if (!json_is_string(name))
        return index;
    json_array_foreach (array, i, v)
        if (json_equal(json_object_get(v, "name"), (json_t *)name))
            return i;
    return OWNED_NO_ITEM;
}

/* A list that is owned as one: nothing can be left out, so that ignored places get the live value,
 * whoever wrote it. */
static json_t *build_whole(struct respect *r, const struct spot *s)
{
    json_t *out = json_array();
    json_t *v;
    size_t i;

    json_array_foreach ((json_t *)s->desired, i, v) {
        size_t of_live = find_like(s->live, v, i);
        const struct spot item = {
            .desired = v,
            .live = of_live == OWNED_NO_ITEM ? NULL : json_array_get(s->live, of_live),
            .ours = r->whole};
        bool is_ignored = is_ignored_item(r, s, i, of_live);
        json_t *part = is_ignored ? kept(&item) : build(r, &item);

        r->changed |= is_ignored;
        if (part)
            json_array_append_new(out, part);
    }
    return out;
}

static bool names_items(const json_t *node)
{
    const char *name;
    json_t *v;

    json_object_foreach ((json_t *)node, name, v)
        if (str_has_prefix(name, "k:") || str_has_prefix(name, "v:"))
            return true;
    return false;
}

static json_t *build(struct respect *r, const struct spot *s)
{
    if (json_is_object(s->desired)) {
        struct spot one = *s;

        if (owned_is_whole(s->others)) { /* declared as one, too, whoever wrote it last */
            one.ours = r->whole;
            one.others = NULL;
        }
        return build_object(r, &one);
    }
    if (json_is_array(s->desired)) {
        cleanup_json json_t *names = owned_join(s->ours, s->others);

        return names_items(names) ? build_items(r, s, names) : build_whole(r, s);
    }
    return json_incref((json_t *)s->desired);
}

/* ---- the object ---- */

static bool is_ours(const json_t *entry)
{
    return streq(object_string(entry, "manager"), FIELD_MANAGER) &&
           streq(object_string(entry, "operation"), "Apply") &&
           !*object_string(entry, "subresource");
}

/* At the root of an entry, nothing is not all. */
static const json_t *fields_of(const json_t *entry)
{
    const json_t *fields = json_object_get(entry, "fieldsV1");

    return json_object_size(fields) ? fields : NULL;
}

/* What we own, or what all the others do. New reference. */
static json_t *owned_by(const json_t *managers, bool us)
{
    json_t *all = NULL;
    const json_t *entry;
    size_t i;

    json_array_foreach (managers, i, entry) {
        json_t *former = all;

        if (is_ours(entry) != us)
            continue;
        all = owned_join(former, fields_of(entry));
        json_decref(former);
    }
    return all;
}

static void copy_field(json_t *to, const json_t *from, const char *name)
{
    json_t *v = json_object_get(from, name);

    if (v)
        json_object_set(to, name, v);
}

/* Whatever is ignored: without these it would be another object, or nobody's. */
static void keep_identity(json_t *out, const json_t *desired)
{
    const json_t *metadata = json_object_get(desired, "metadata");
    const json_t *wanted = json_object_get(metadata, "annotations");
    json_t *mine = json_object_get(out, "metadata");
    json_t *annotations;

    copy_field(out, desired, "apiVersion");
    copy_field(out, desired, "kind");
    if (!json_is_object(mine)) {
        mine = json_object();
        json_object_set_new(out, "metadata", mine);
    }
    copy_field(mine, metadata, "name");
    copy_field(mine, metadata, "namespace");
    if (!*object_annotation(desired, TRACKING_ANNOTATION))
        return;
    annotations = json_object_get(mine, "annotations");
    if (!json_is_object(annotations)) {
        annotations = json_object();
        json_object_set_new(mine, "annotations", annotations);
    }
    copy_field(annotations, wanted, TRACKING_ANNOTATION);
    copy_field(annotations, wanted, INSTALLATION_ANNOTATION);
}

/* What the server sets is not declared, even where everything is ignored. */
static void drop_server_fields(json_t *out)
{
    static const char *const names[] = {"uid",           "creationTimestamp", "generation",
                                        "managedFields", "selfLink",          "deletionTimestamp"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        json_object_del(json_object_get(out, "metadata"), names[i]);
}

json_t *respect_build(const json_t *desired, const json_t *live, const struct ignored *ignored)
{
    const json_t *managers = json_object_get(json_object_get(live, "metadata"), "managedFields");
    cleanup_json json_t *whole = json_object();
    cleanup_json json_t *ours = owned_by(managers, true);
    cleanup_json json_t *others = owned_by(managers, false);
    struct respect r = {.ignored = ignored, .whole = whole};
    const struct spot root = {.desired = desired, .live = live, .ours = ours, .others = others};
    json_t *out;

    if (!ignored_count(ignored))
        return NULL;
    out = build(&r, &root);
    if (!r.changed) {
        json_decref(out);
        return NULL;
    }
    keep_identity(out, desired);
    drop_server_fields(out);
    json_object_set_new(json_object_get(out, "metadata"), "resourceVersion",
                        json_string(object_meta_string(live, "resourceVersion")));
    return out;
}
