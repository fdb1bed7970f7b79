/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/apply_managed.h"

#include "lib/kube/field_set.h"
#include "tests/sandbox/apply_set.h"

static void manager_free(struct apply_manager *m)
{
    free(m->name);
    free(m->api_version);
    free(m->subresource);
    free(m->time);
    json_decref(m->fields);
    free(m);
}

void apply_managed_clear(struct apply_managed *m)
{
    for (size_t i = 0; i < m->managers.len; i++)
        manager_free(m->managers.items[i]);
    ptrvec_clear(&m->managers);
}

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));

    return text ? text : "";
}

static bool read_entry(struct apply_managed *m, const json_t *entry)
{
    const char *operation = text_of(entry, "operation"), *version = text_of(entry, "apiVersion");
    const json_t *fields = json_object_get(entry, "fieldsV1");
    struct apply_manager *manager;

    if ((!streq(operation, "Apply") && !streq(operation, "Update")) || !*version ||
        !streq(text_of(entry, "fieldsType"), "FieldsV1") || (fields && !json_is_object(fields)))
        return false;
    manager = apply_managed_get(m, text_of(entry, "manager"), streq(operation, "Apply"), version,
                                text_of(entry, "subresource"));
    apply_manager_set_fields(manager, fields ? json_deep_copy(fields) : json_object());
    if (json_is_string(json_object_get(entry, "time")))
        apply_manager_set_time(manager, text_of(entry, "time"));
    return true;
}

bool apply_managed_read(struct apply_managed *out, const json_t *entries)
{
    size_t i;
    json_t *entry;

    *out = (struct apply_managed){.managers = {.len = 0}};
    json_array_foreach (entries, i, entry)
        if (!read_entry(out, entry)) {
            apply_managed_clear(out);
            return false;
        }
    return true;
}

/* NULL: there is none. */
static struct apply_manager *apply_managed_find(const struct apply_managed *m, const char *name,
                                                bool applied, const char *api_version,
                                                const char *subresource)
{
    for (size_t i = 0; i < m->managers.len; i++) {
        struct apply_manager *manager = m->managers.items[i];

        if (streq(manager->name, name) && manager->applied == applied &&
            streq(manager->subresource, subresource) &&
            (applied || streq(manager->api_version, api_version)))
            return manager;
    }
    return NULL;
}

struct apply_manager *apply_managed_get(struct apply_managed *m, const char *name, bool applied,
                                        const char *api_version, const char *subresource)
{
    struct apply_manager *manager = apply_managed_find(m, name, applied, api_version, subresource);

    if (!manager) {
        manager = xcalloc(1, sizeof(*manager));
        manager->name = xstrdup(name);
        manager->subresource = xstrdup(subresource);
        manager->applied = applied;
        manager->fields = json_object();
        ptrvec_push(&m->managers, manager);
    }
    free(manager->api_version);
    manager->api_version = xstrdup(api_version);
    return manager;
}

void apply_manager_set_fields(struct apply_manager *manager, json_t *fields)
{
    json_decref(manager->fields);
    manager->fields = fields;
}

void apply_manager_set_time(struct apply_manager *manager, const char *time)
{
    free(manager->time);
    manager->time = xstrdup(time);
}

static void remove_manager(struct apply_managed *m, size_t index)
{
    manager_free(m->managers.items[index]);
    ptrvec_remove(&m->managers, index);
}

void apply_managed_drop_empty(struct apply_managed *m)
{
    for (size_t i = m->managers.len; i-- > 0;) {
        const struct apply_manager *manager = m->managers.items[i];

        if (apply_set_is_empty(manager->fields))
            remove_manager(m, i);
    }
}

/* ---- in order ---- */

/* Times of one form and zone compare as text. */
static int by_time(const void *a, const void *b)
{
    const struct apply_manager *p = *(struct apply_manager *const *)a;
    const struct apply_manager *q = *(struct apply_manager *const *)b;
    int order = strcmp(p->time ? p->time : "", q->time ? q->time : "");

    if (order == 0)
        order = strcmp(p->name, q->name);
    if (order == 0)
        order = strcmp(p->api_version, q->api_version);
    return order ? order : strcmp(p->subresource, q->subresource);
}

static int by_operation(const void *a, const void *b)
{
    const struct apply_manager *p = *(struct apply_manager *const *)a;
    const struct apply_manager *q = *(struct apply_manager *const *)b;

    return p->applied != q->applied ? (p->applied ? -1 : 1) : by_time(a, b);
}

static int by_name(const void *a, const void *b)
{
    const struct apply_manager *p = *(struct apply_manager *const *)a;
    const struct apply_manager *q = *(struct apply_manager *const *)b;
    int order = strcmp(p->name, q->name);

    return order ? order : by_operation(a, b);
}

void apply_managed_by_name(const struct apply_managed *m, struct ptrvec *out)
{
    for (size_t i = 0; i < m->managers.len; i++)
        ptrvec_push(out, m->managers.items[i]);
    if (out->len > 1)
        qsort(out->items, out->len, sizeof(*out->items), by_name);
}

/* Of the same version as an earlier one: both become "ancient-changes". */
static bool merge_oldest(struct apply_managed *m, const struct ptrvec *updaters)
{
    for (size_t i = 1; i < updaters->len; i++) {
        struct apply_manager *late = updaters->items[i];

        for (size_t j = 0; j < i; j++) {
            struct apply_manager *early = updaters->items[j];

            if (!streq(early->api_version, late->api_version))
                continue;
            free(early->name);
            free(early->subresource);
            early->name = xstrdup("ancient-changes");
            early->subresource = xstrdup("");
            apply_manager_set_fields(early, field_set_union(early->fields, late->fields));
            if (late->time)
                apply_manager_set_time(early, late->time);
            apply_manager_set_fields(late, json_object());
            apply_managed_drop_empty(m);
            return true;
        }
    }
    return false;
}

void apply_managed_cap(struct apply_managed *m)
{
    bool merged = true;

    while (merged) {
        cleanup_ptrvec struct ptrvec updaters = {.len = 0};

        for (size_t i = 0; i < m->managers.len; i++) {
            struct apply_manager *manager = m->managers.items[i];

            if (!manager->applied)
                ptrvec_push(&updaters, manager);
        }
        if (updaters.len <= APPLY_UPDATERS_MAX)
            return;
        qsort(updaters.items, updaters.len, sizeof(*updaters.items), by_time);
        merged = merge_oldest(m, &updaters);
    }
}

static json_t *write_entry(const struct apply_manager *m)
{
    json_t *entry = json_pack("{s:s, s:s, s:s, s:s, s:O}", "manager", m->name, "operation",
                              m->applied ? "Apply" : "Update", "apiVersion", m->api_version,
                              "fieldsType", "FieldsV1", "fieldsV1", m->fields);

    if (m->time)
        json_object_set_new(entry, "time", json_string(m->time));
    if (*m->subresource)
        json_object_set_new(entry, "subresource", json_string(m->subresource));
    return entry;
}

json_t *apply_managed_write(const struct apply_managed *m)
{
    cleanup_ptrvec struct ptrvec sorted = {.len = 0};
    json_t *out;

    if (m->managers.len == 0)
        return NULL;
    for (size_t i = 0; i < m->managers.len; i++)
        ptrvec_push(&sorted, m->managers.items[i]);
    qsort(sorted.items, sorted.len, sizeof(*sorted.items), by_operation);
    out = json_array();
    for (size_t i = 0; i < sorted.len; i++)
        json_array_append_new(out, write_entry(sorted.items[i]));
    return out;
}

/* ---- of an object ---- */

json_t *apply_bare(const json_t *object)
{
    json_t *copy = json_copy((json_t *)object);
    json_t *metadata = json_copy(json_object_get(object, "metadata"));

    if (metadata) {
        json_object_del(metadata, "managedFields");
        json_object_set_new(copy, "metadata", metadata);
    }
    return copy;
}

json_t *apply_entries_of(const json_t *object)
{
    return json_object_get(json_object_get(object, "metadata"), "managedFields");
}
