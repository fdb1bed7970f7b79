/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over maps and scalars; lists that merge by key are in strategic_list.c.
 *
 * kustomize merges in place and by reference: a part of the patch that is new becomes a part of the
 * target and is then merged with itself, which drops its nulls and obeys its directives. We do the
 * same on copies, because what comes out in unusual cases depends on it.
 */
#include "lib/doc/strategic.h"

#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/doc/spelling.h"
#include "lib/doc/strategic_walk.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

static int merge_field_compare(const void *name, const void *field)
{
    return strcmp(name, ((const struct merge_field *)field)->name);
}

const struct merge_type *merge_field_find(const struct merge_type *type, const char *name)
{
    const struct merge_field *field;

    if (!type)
        return NULL;
    field = type->field_count == 0 ? NULL
                                   : bsearch(name, type->fields, type->field_count,
                                             sizeof(*type->fields), merge_field_compare);
    return field ? field->type : type->values;
}

bool node_is_null(const json_t *node)
{
    return !node || json_is_null(node);
}

const char *node_text(const json_t *node, char scratch[NODE_TEXT_BYTES])
{
    const char *written = spelled_text(node);

    if (written)
        return written;
    if (json_is_string(node))
        return json_string_value(node);
    if (json_is_boolean(node))
        return json_is_true(node) ? "true" : "false";
    if (json_is_integer(node))
        snprintf(scratch, NODE_TEXT_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(node));
    else if (json_is_real(node))
        scalar_format_float(json_real_value(node), 64, scratch);
    else
        return json_is_null(node) ? "null" : "";
    return scratch;
}

int merge_error(const struct merge *m, struct error **err, const char *what)
{
    cleanup_buf struct buf path = BUF_UNLIMITED;
    size_t depth = 0;

    for (const struct merge_path *p = m->path; p; p = p->parent)
        depth++;
    for (size_t level = depth; level > 0; level--) {
        const struct merge_path *p = m->path;

        for (size_t up = 1; up < level; up++)
            p = p->parent;
        buf_printf(&path, level == depth ? "%s" : ".%s", p->name);
        if (level == 1)
            break;
    }
    return error_set(err, ERROR_INVALID, "%s: %s", depth ? path.data : "the patch", what);
}

enum directive directive_parse(const json_t *value)
{
    char scratch[NODE_TEXT_BYTES];
    const char *text = node_text(value, scratch);

    if (streq(text, "merge"))
        return DIRECTIVE_MERGE;
    if (streq(text, "replace"))
        return DIRECTIVE_REPLACE;
    return streq(text, "delete") ? DIRECTIVE_DELETE : DIRECTIVE_UNKNOWN;
}

int directive_refuse(const struct merge *m, const json_t *value, struct error **err)
{
    char scratch[NODE_TEXT_BYTES];
    cleanup_free char *what = xasprintf("unknown patch strategy '%s'", node_text(value, scratch));

    return merge_error(m, err, what);
}

/* What the patch orders for this map; the order itself is taken out of it. Anything but a word we
 * know stays, so that an added map shows it and a merged one reports it. */
static enum directive directive_take(json_t *patch)
{
    const json_t *value = json_object_get(patch, PATCH_DIRECTIVE);
    enum directive directive = value ? directive_parse(value) : DIRECTIVE_MERGE;

    if (directive != DIRECTIVE_UNKNOWN)
        json_object_del(patch, PATCH_DIRECTIVE);
    return directive;
}

/* Which of the two maps the result grows from: borrowed, NULL to clear. */
static int map_base(const struct merge *m, json_t *target, json_t *patch, json_t **base,
                    struct error **err)
{
    if (node_is_null(target)) {
        *base = directive_take(patch) == DIRECTIVE_DELETE ? NULL : patch;
        return 0;
    }
    if (!patch) {
        *base = target;
        return 0;
    }
    if (json_is_null(patch)) {
        *base = NULL;
        return 0;
    }
    switch (directive_take(patch)) {
    case DIRECTIVE_DELETE: *base = NULL; return 0;
    case DIRECTIVE_REPLACE: *base = patch; return 0;
    case DIRECTIVE_MERGE: *base = target; return 0;
    case DIRECTIVE_UNKNOWN: break;
    }
    return directive_refuse(m, json_object_get(patch, PATCH_DIRECTIVE), err);
}

static void names_add(struct map *names, json_t *map)
{
    const char *name;
    json_t *value;

    json_object_foreach (map, name, value)
        map_set(names, name, names);
}

static bool node_is_scalar(const json_t *node)
{
    return !json_is_object(node) && !json_is_array(node);
}

/* A string, or what has no type, whose text is none. */
static bool is_plain_string(const json_t *v)
{
    enum spelled_manner manner = spelled_manner(v);

    return manner == MANNER_PLAIN || (manner == MANNER_UNTYPED && spelled_text(v));
}

/*
 * A value takes over the quotes of what it replaces, or that there are none: env values like "8080"
 * stay strings when the patch forgets the quotes. New reference.
 */
static json_t *scalar_in_style(const json_t *target, json_t *value)
{
    char scratch[NODE_TEXT_BYTES];
    bool is_string = json_is_string(value) && !spelled_text(value);
    bool quoted =
        target ? spelled_is_quoted(target) : spelled_is_quoted(value) || is_plain_string(value);
    const char *text;

    if (!node_is_scalar(value) || (target && !node_is_scalar(target)) ||
        (is_string ? spelled_is_quoted(value) == quoted : !quoted))
        return json_incref(value);
    text = node_text(value, scratch);
    if (is_string && text[0] == SPELLED_MARK) /* and one more */
        text++;
    return spelled_string_styled(text, strlen(text), quoted);
}

/* One scalar may stand in several places of the target (labels do), and changes in all of them. */
static void shared_replace(json_t *node, const json_t *old, json_t *value)
{
    const char *name;
    size_t i;
    json_t *child;

    json_object_foreach (node, name, child)
        if (child == old)
            json_object_set(node, name, value);
        else
            shared_replace(child, old, value);
    json_array_foreach (node, i, child)
        if (child == old)
            json_array_set(node, i, value);
        else
            shared_replace(child, old, value);
}

/* The caller holds a reference to `old`; the target before the merge and the working copy hold one
 * for each place. */
static void scalar_set(struct merge *m, json_t *base, const char *name, json_t *old, json_t *merged)
{
    json_t *value = scalar_in_style(old, merged);

    if (json_is_string(old) && node_is_scalar(value) && old->refcount > 3)
        shared_replace(m->root, old, value);
    json_object_set_new(base, name, value);
}

/* Whatever the merge passes gets the quotes that it needs. */
static void scalar_quote(struct merge *m, json_t *base, const char *name, json_t *old)
{
    const char *text = spelled_text(old) ? spelled_text(old) : json_string_value(old);
    json_t *value = spelled_string_styled(text, strlen(text), true);

    if (old->refcount > 3)
        shared_replace(m->root, old, value);
    json_object_set_new(base, name, value);
}

static int field_walk(struct merge *m, const struct merge_type *type, const char *name,
                      json_t *base, json_t *patch, struct error **err)
{
    cleanup_json json_t *target_value = json_incref(json_object_get(base, name));
    cleanup_json json_t *patch_value = json_incref(json_object_get(patch, name));
    cleanup_json json_t *merged = NULL;
    struct merge_path path = {.parent = m->path, .name = name};
    int result;

    if (!patch_value && json_is_null(target_value) && !json_is_unwritten_null(target_value))
        return 0; /* a null that the target says is kept */
    m->path = &path;
    result = merge_walk(m, merge_field_find(type, name), target_value, patch_value, &merged, err);
    m->path = path.parent;
    if (result < 0)
        return -1;
    if (node_is_null(merged))
        json_object_del(base, name);
    else if (merged != target_value)
        scalar_set(m, base, name, target_value, merged);
    else if (is_plain_string(merged))
        scalar_quote(m, base, name, merged);
    return 0;
}

/* The fields of both; a field that goes on the way must not come back as one of the patch. */
static int fields_walk(struct merge *m, const struct merge_type *type, json_t *base, json_t *patch,
                       struct error **err)
{
    cleanup_map struct map names = {0};
    const struct map_entry *entry;
    size_t it = 0;

    names_add(&names, base);
    names_add(&names, patch);
    while ((entry = map_next(&names, &it)))
        if (field_walk(m, type, entry->key, base, patch, err) < 0)
            return -1;
    return 0;
}

/* The same for a part that the patch does not touch, which is most of the object. */
static int untouched_walk(struct merge *m, const struct merge_type *type, json_t *base,
                          struct error **err)
{
    const char *name;
    json_t *value;
    void *next;

    json_object_foreach_safe(base, next, name, value)
    {
        bool stays = node_is_scalar(value) && !json_is_null(value) && !is_plain_string(value);

        if (!stays && field_walk(m, type, name, base, NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int map_walk(struct merge *m, const struct merge_type *type, json_t *target, json_t *patch,
                    json_t **out, struct error **err)
{
    json_t *base = NULL;

    if (map_base(m, target, patch, &base, err) < 0)
        return -1;
    if (json_is_object(base) &&
        (patch ? fields_walk(m, type, base, patch, err) : untouched_walk(m, type, base, err)) < 0)
        return -1;
    *out = json_incref(base);
    return 0;
}

/* An object of a known kind inside of an unknown one brings its own schema. */
static const struct merge_type *schema_lookup(const struct merge *m, const json_t *target,
                                              const json_t *patch)
{
    const json_t *sources[] = {target, patch};

    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        const char *api_version = json_string_value(json_object_get(sources[i], "apiVersion"));
        const char *kind = json_string_value(json_object_get(sources[i], "kind"));
        const struct merge_type *type = NULL;

        if (api_version && kind)
            type = m->lookup(m->lookup_arg, api_version, kind);
        if (type)
            return type;
    }
    return NULL;
}

enum node_kind { NODE_SCALAR, NODE_MAP, NODE_LIST };

static enum node_kind node_kind(const json_t *node)
{
    return json_is_object(node) ? NODE_MAP : json_is_array(node) ? NODE_LIST : NODE_SCALAR;
}

static int kinds_check(const struct merge *m, const json_t *target, const json_t *patch,
                       struct error **err)
{
    static const char *const names[] = {"a scalar", "a map", "a list"};
    cleanup_free char *what = NULL;

    if (node_is_null(target) || node_is_null(patch) || node_kind(target) == node_kind(patch))
        return 0;
    what = xasprintf("is %s in the object and %s in the patch", names[node_kind(target)],
                     names[node_kind(patch)]);
    return merge_error(m, err, what);
}

int merge_walk(struct merge *m, const struct merge_type *type, json_t *target, json_t *patch,
               json_t **out, struct error **err)
{
    const json_t *first = node_is_null(target) ? patch : target;

    if (kinds_check(m, target, patch, err) < 0)
        return -1;
    if (!type)
        type = schema_lookup(m, target, patch);
    if (node_is_null(first) || json_is_object(first))
        return map_walk(m, type, target, patch, out, err);
    if (json_is_array(first) && type && type->merges)
        return merge_list(m, type, target, patch, out, err);
    *out = json_incref(patch ? patch : target);
    return 0;
}

/* Maps and lists are copied, scalars shared. */
static json_t *working_copy(json_t *node)
{
    json_t *copy;
    const char *name;
    size_t i;
    json_t *child;

    if (node_is_scalar(node))
        return json_incref(node);
    copy = json_is_object(node) ? json_object() : json_array();
    json_object_foreach (node, name, child)
        json_object_set_new_nocheck(copy, name, working_copy(child));
    json_array_foreach (node, i, child)
        json_array_append_new(copy, working_copy(child));
    return copy;
}

int strategic_merge(json_t **target, const json_t *patch, merge_lookup_fn *lookup, const void *arg,
                    struct error **err)
{
    cleanup_json json_t *target_copy = working_copy(*target);
    cleanup_json json_t *patch_copy = json_deep_copy(patch);
    cleanup_json json_t *merged = NULL;
    struct merge m = {.lookup = lookup, .lookup_arg = arg, .root = target_copy};

    if (merge_walk(&m, NULL, target_copy, patch_copy, &merged, err) < 0)
        return -1;
    if (json_object_size(merged) > 0 && merged != target_copy)
        return 0; /* `$patch: replace` of the whole object: kustomize drops what it made */
    json_decref(*target);
    *target = json_object_size(merged) == 0 ? NULL : TAKE(merged);
    return 0;
}
