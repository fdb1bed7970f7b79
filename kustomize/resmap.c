/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/resmap.h"

#include "kustomize/generate/configmap.h"
#include "kustomize/json_text.h"
#include "lib/doc/budget.h"
#include "lib/doc/spelling.h"

static void index_clear(struct resmap *m)
{
    map_clear(&m->current);
    map_clear_with(&m->any, free);
    m->current_is_valid = false;
    m->any_is_valid = false;
}

void resmap_clear(struct resmap *m)
{
    for (size_t i = 0; i < m->items.len; i++)
        resource_free(resmap_at(m, i));
    ptrvec_clear(&m->items);
    buf_clear(&m->key);
    index_clear(m);
}

void resmap_ids_changed(struct resmap *m)
{
    index_clear(m);
}

static struct buf *key_begin(struct resmap *m)
{
    if (!m->key.max)
        m->key = BUF_UNLIMITED;
    buf_truncate(&m->key, 0);
    return &m->key;
}

/* Returns the resource that already had the key. */
static struct resource *index_current(struct resmap *m, struct resource *r)
{
    struct buf *key = key_begin(m);
    struct map_entry *entry;

    resource_id_key(r, key);
    entry = map_entry(&m->current, key->data);
    if (entry->value)
        return entry->value;
    entry->value = r;
    return NULL;
}

static int id_is_taken(const struct resource *r, struct error **err)
{
    cleanup_free char *id = resource_id_text(r);

    return error_set(err, ERROR_INVALID,
                     "may not add resource with an already registered id: %s; rename one of the "
                     "two, or give them different namespaces",
                     id);
}

int resmap_check_unique(struct resmap *m, struct error **err)
{
    if (m->current_is_valid && m->current.count == m->items.len)
        return 0;
    map_clear(&m->current);
    for (size_t i = 0; i < m->items.len; i++)
        if (resmap_at(m, i)->object && index_current(m, resmap_at(m, i)))
            return id_is_taken(resmap_at(m, i), err);
    m->current_is_valid = true;
    return 0;
}

static void index_any_id(struct resmap *m, const char *key, struct resource *r)
{
    struct map_entry *entry = map_entry(&m->any, key);
    struct resmap_hit *hit = entry->value;

    if (!hit) {
        hit = entry->value = xcalloc(1, sizeof(*hit));
        hit->first = r;
        hit->count = 1;
    } else if (hit->first != r) {
        /* A third id of a second resource may count twice: all that matters is "more than one". */
        hit->count++;
    }
}

static void index_any(struct resmap *m, struct resource *r)
{
    struct buf *key = key_begin(m);

    resource_id_key(r, key);
    index_any_id(m, key->data, r);
    for (size_t i = 0; i < r->previous_count; i++) {
        const struct previous_id *p = &r->previous[i];

        key = key_begin(m);
        id_key(key, resource_api_version(r), p->kind, p->namespace, p->name);
        index_any_id(m, key->data, r);
    }
}

static void ensure_any(struct resmap *m)
{
    if (m->any_is_valid)
        return;
    map_clear_with(&m->any, free);
    for (size_t i = 0; i < m->items.len; i++)
        if (resmap_at(m, i)->object)
            index_any(m, resmap_at(m, i));
    m->any_is_valid = true;
}

/* The current index without the demand that ids are unique: kustomize, too, looks only at what is
 * added. */
static void ensure_current(struct resmap *m)
{
    if (m->current_is_valid)
        return;
    map_clear(&m->current);
    for (size_t i = 0; i < m->items.len; i++)
        if (resmap_at(m, i)->object)
            index_current(m, resmap_at(m, i));
    m->current_is_valid = true;
}

int resmap_append(struct resmap *m, struct resource *r, struct error **err)
{
    ensure_current(m);
    if (index_current(m, r)) {
        id_is_taken(r, err);
        resource_free(r);
        return -1;
    }
    ptrvec_push(&m->items, r);
    if (m->any_is_valid)
        index_any(m, r);
    return 0;
}

typedef int resmap_add_fn(struct resmap *m, struct resource *r, struct error **err);

static int add_all(struct resmap *m, struct resmap *from, resmap_add_fn *add, struct error **err)
{
    struct ptrvec items = from->items;
    int rc = 0;

    from->items = (struct ptrvec){0};
    resmap_clear(from);
    for (size_t i = 0; i < items.len; i++) {
        if (rc == 0)
            rc = add(m, items.items[i], err);
        else
            resource_free(items.items[i]);
    }
    ptrvec_clear(&items);
    return rc;
}

int resmap_append_all(struct resmap *m, struct resmap *from, struct error **err)
{
    return add_all(m, from, resmap_append, err);
}

struct resource *resmap_find_any(struct resmap *m, const char *api_version, const char *kind,
                                 const char *namespace, const char *name, size_t *count)
{
    cleanup_buf struct buf key = BUF_UNLIMITED;
    struct resmap_hit *hit;

    ensure_any(m);
    id_key(&key, api_version, kind, namespace, name);
    hit = map_find(&m->any, key.data);
    *count = hit ? hit->count : 0;
    return hit ? hit->first : NULL;
}

void resmap_drop_deleted(struct resmap *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->items.len; i++) {
        struct resource *r = resmap_at(m, i);

        if (r->object)
            m->items.items[kept++] = r;
        else
            resource_free(r);
    }
    if (kept == m->items.len)
        return;
    m->items.len = kept;
    resmap_ids_changed(m);
}

/* Values become strings: the text of a scalar, nothing for null, maps and lists. */
static void stringify(json_t *map)
{
    const char *key;
    json_t *value;
    void *tmp;

    json_object_foreach_safe(map, tmp, key, value)
    {
        bool is_string = json_is_string(value) && !spelled_text(value);
        cleanup_free char *text = is_string ? NULL : json_scalar_text(value);

        if (!is_string) /* a string may hold zero bytes */
            json_object_set_new(map, key, json_string(text ? text : ""));
    }
}

/* Entries of `old` that `field` of `object` does not have; an empty map goes. */
static void inherit_map(json_t *object, const json_t *old, const char *field)
{
    json_t *map = json_object_get(object, field);

    if (!json_is_object(map)) {
        map = json_object();
        json_object_set_new(object, field, map);
    }
    json_object_update_missing(map, json_object_get(old, field));
    stringify(map);
    if (json_object_size(map) == 0)
        json_object_del(object, field);
}

/* stringData of a Secret as the API server takes it: into data, over what is there. */
static int normalize_secret(json_t *object, struct error **err)
{
    json_t *strings = json_object_get(object, "stringData");
    json_t *data = json_object_get(object, "data");
    const char *key;
    json_t *value;

    if (!strings || json_is_null(strings) || !streq(json_string_at(object, "apiVersion"), "v1") ||
        !streq(json_string_at(object, "kind"), "Secret"))
        return 0;
    if (!json_is_object(strings))
        return error_set(err, ERROR_INVALID, "stringData must be a map");
    if (!json_is_object(data))
        json_object_set_new(object, "data", data = json_object());
    json_object_foreach (strings, key, value) {
        cleanup_free char *text = json_scalar_text(value);
        struct keyvalue pair = {.value = text ? text : "", .len = text ? strlen(text) : 0};

        if (json_is_object(value) || json_is_array(value))
            return error_set(err, ERROR_INVALID, "stringData.%s must be a scalar", key);
        json_object_set_new(data, key, generator_base64(&pair));
    }
    return 0;
}

/* `r` takes the place of `old` and keeps what `old` is known by. */
static void take_identity(struct resource *r, struct resource *old)
{
    json_t *metadata = json_object_get(r->object, "metadata");
    const json_t *old_metadata = json_object_get(old->object, "metadata");
    bool keeps_origin = r->behavior == BEHAVIOR_MERGE || !r->origin;

    inherit_map(metadata, old_metadata, "labels");
    inherit_map(metadata, old_metadata, "annotations");
    r->needs_hash = r->needs_hash && old->needs_hash;
    r->behavior = old->behavior;
    resource_set_name(r, resource_name(old));
    resource_set_namespace(r, resource_namespace(old));
    r->previous = TAKE(old->previous);
    r->previous_count = old->previous_count;
    r->previous_cap = old->previous_cap;
    old->previous_count = 0;
    r->prefixes = old->prefixes;
    r->suffixes = old->suffixes;
    r->vars = old->vars;
    old->prefixes = old->suffixes = old->vars = (struct strvec){0};
    json_decref(r->transformations);
    r->transformations = TAKE(old->transformations);
    if (keeps_origin && old->origin) {
        json_decref(r->origin);
        r->origin = TAKE(old->origin);
    }
}

/* In the same struct: the indexes go on to hold where the ids, all but the kind, are those of `old`
 * already. Takes `r`. */
static void replace_in_place(struct resmap *m, struct resource *old, struct resource *r)
{
    struct resource replaced = *old;
    bool is_same_kind = streq(resource_kind(old), resource_kind(r));

    *old = *r;
    *r = replaced;
    resource_free(r);
    if (!is_same_kind)
        resmap_ids_changed(m);
}

static int behavior_mismatch(struct resource *r, const char *text, struct error **err)
{
    cleanup_free char *id = resource_id_text(r);

    error_set(err, ERROR_INVALID, "%s %s", id, text);
    resource_free(r);
    return -1;
}

int resmap_absorb(struct resmap *m, struct resource *r, struct error **err)
{
    bool replaces = r->behavior == BEHAVIOR_REPLACE || r->behavior == BEHAVIOR_MERGE;
    bool merges = r->behavior == BEHAVIOR_MERGE;
    struct resource *old;
    size_t count;

    old = resmap_find_any(m, resource_api_version(r), resource_kind(r),
                          resource_effective_namespace(r), resource_name(r), &count);
    if (count == 0 && replaces)
        return behavior_mismatch(r, "does not exist: cannot merge or replace; use behavior create",
                                 err);
    if (count == 0)
        return resmap_append(m, r, err);
    if (count > 1)
        return behavior_mismatch(r,
                                 "matches several objects that could accept the merge; "
                                 "name its namespace",
                                 err);
    if (!replaces)
        return behavior_mismatch(r, "exists already: behavior must be merge or replace", err);
    if (merges &&
        (budget_spend_value(old->object, err) < 0 || normalize_secret(old->object, err) < 0)) {
        error_wrap(err, "merge into %s", resource_name(old));
        resource_free(r);
        return -1;
    }
    take_identity(r, old);
    if (merges) {
        inherit_map(r->object, old->object, "data");
        inherit_map(r->object, old->object, "binaryData");
    }
    replace_in_place(m, old, r);
    return 0;
}

int resmap_absorb_all(struct resmap *m, struct resmap *from, struct error **err)
{
    return add_all(m, from, resmap_absorb, err);
}
