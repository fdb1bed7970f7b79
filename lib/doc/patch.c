/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/patch.h"

#include <errno.h>

/* The next reference token, unescaped, on the heap; *s moves behind it. NULL: malformed. */
static char *next_token(const char **s)
{
    size_t len = strcspn(*s + 1, "/");
    char *token = xmalloc(len + 1);
    char *out = token;

    for (const char *c = *s + 1; c < *s + 1 + len; c++) {
        if (*c != '~') {
            *out++ = *c;
            continue;
        }
        c++;
        if (c == *s + 1 + len || (*c != '0' && *c != '1')) {
            free(token);
            return NULL;
        }
        *out++ = *c == '0' ? '~' : '/';
    }
    *out = '\0';
    *s += 1 + len;
    return token;
}

/* An index without sign or leading zeros; -1 for anything else. */
static long read_index(const char *token)
{
    char *end;
    long index;

    if (!*token || (token[0] == '0' && token[1]) || strspn(token, "0123456789") != strlen(token))
        return -1;
    errno = 0;
    index = strtol(token, &end, 10);
    return errno ? -1 : index;
}

static json_t *child_of(const json_t *doc, const char *token)
{
    long index;

    if (json_is_object(doc))
        return json_object_get(doc, token);
    if (!json_is_array(doc))
        return NULL;
    index = read_index(token);
    return index < 0 ? NULL : json_array_get(doc, (size_t)index);
}

json_t *json_pointer_find(const json_t *doc, const char *pointer)
{
    json_t *at = (json_t *)doc;

    while (at && *pointer) {
        cleanup_free char *token = *pointer == '/' ? next_token(&pointer) : NULL;

        if (!token)
            return NULL;
        at = child_of(at, token);
    }
    return at;
}

/* The container that `path` points into, and the last token (on the heap). */
static int find_parent(json_t *doc, const char *path, json_t **parent, char **token,
                       struct error **err)
{
    const char *last = strrchr(path, '/');
    cleanup_free char *above = NULL;

    if (!last || path[0] != '/')
        return error_set(err, ERROR_INVALID, "the path must start with \"/\"");
    above = xstrndup(path, (size_t)(last - path));
    *parent = json_pointer_find(doc, above);
    if (!*parent)
        return error_set(err, ERROR_NOT_FOUND, "\"%s\" does not exist", above);
    if (!json_is_object(*parent) && !json_is_array(*parent))
        return error_set(err, ERROR_INVALID, "\"%s\" is neither an object nor a list", above);
    *token = next_token(&last);
    return *token ? 0 : error_set(err, ERROR_INVALID, "the path has a malformed \"~\" escape");
}

/* Takes `value`. */
static int add_child(json_t *parent, const char *token, json_t *value, struct error **err)
{
    size_t count = json_array_size(parent);
    long index;

    if (json_is_object(parent)) {
        json_object_set_new(parent, token, value);
        return 0;
    }
    index = streq(token, "-") ? (long)count : read_index(token);
    if (index < 0 || (size_t)index > count) {
        json_decref(value);
        return error_set(err, ERROR_INVALID, "\"%s\" is no index of a list of %zu", token, count);
    }
    json_array_insert_new(parent, (size_t)index, value);
    return 0;
}

/* Takes `value`. */
static int op_add(json_t **doc, const char *path, json_t *value, struct error **err)
{
    cleanup_free char *token = NULL;
    json_t *parent;

    if (!*path) {
        json_decref(*doc);
        *doc = value;
        return 0;
    }
    if (find_parent(*doc, path, &parent, &token, err) < 0) {
        json_decref(value);
        return -1;
    }
    return add_child(parent, token, value, err);
}

static int op_remove(json_t **doc, const char *path, struct error **err)
{
    cleanup_free char *token = NULL;
    json_t *parent;

    if (!*path) {
        json_decref(*doc);
        *doc = json_null();
        return 0;
    }
    if (find_parent(*doc, path, &parent, &token, err) < 0)
        return -1;
    if (!child_of(parent, token))
        return error_set(err, ERROR_NOT_FOUND, "there is nothing to remove");
    if (json_is_object(parent))
        json_object_del(parent, token);
    else
        json_array_remove(parent, (size_t)read_index(token));
    return 0;
}

/* Takes `value`. */
static int op_replace(json_t **doc, const char *path, json_t *value, struct error **err)
{
    cleanup_free char *token = NULL;
    json_t *parent;

    if (!*path)
        return op_add(doc, path, value, err);
    if (find_parent(*doc, path, &parent, &token, err) < 0) {
        json_decref(value);
        return -1;
    }
    if (!child_of(parent, token)) {
        json_decref(value);
        return error_set(err, ERROR_NOT_FOUND, "there is nothing to replace");
    }
    if (json_is_object(parent))
        json_object_set_new(parent, token, value);
    else
        json_array_set_new(parent, (size_t)read_index(token), value);
    return 0;
}

/* RFC 6902 compares numbers by value: 1 equals 1.0. */
static bool equal(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *child;

    if (json_is_number(a) && json_is_number(b) && json_typeof(a) != json_typeof(b))
        return json_number_value(a) == json_number_value(b);
    if (json_is_array(a) && json_is_array(b)) {
        if (json_array_size(a) != json_array_size(b))
            return false;
        for (size_t i = 0; i < json_array_size(a); i++)
            if (!equal(json_array_get(a, i), json_array_get(b, i)))
                return false;
        return true;
    }
    if (json_is_object(a) && json_is_object(b)) {
        if (json_object_size(a) != json_object_size(b))
            return false;
        json_object_foreach ((json_t *)a, key, child) {
            const json_t *other = json_object_get(b, key);

            if (!other || !equal(child, other))
                return false;
        }
        return true;
    }
    return json_equal(a, b);
}

static int op_test(const json_t *doc, const char *path, const json_t *value, struct error **err)
{
    const json_t *found = json_pointer_find(doc, path);

    /* A null is also what go's library finds where nothing is. */
    if (!found && json_is_null(value))
        return 0;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is nothing to test");
    if (!equal(found, value))
        return error_set(err, ERROR_INVALID, "the tested value is another one");
    return 0;
}

static int op_move(json_t **doc, const char *from, const char *path, struct error **err)
{
    json_t *found = json_pointer_find(*doc, from);
    size_t len = strlen(from);
    json_t *value;

    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "\"%s\" does not exist", from);
    if (streq(from, path))
        return 0;
    if (str_has_prefix(path, from) && path[len] == '/')
        return error_set(err, ERROR_INVALID, "a value cannot move into itself");
    value = json_incref(found);
    if (op_remove(doc, from, err) < 0) {
        json_decref(value);
        return -1;
    }
    return op_add(doc, path, value, err);
}

static int op_copy(json_t **doc, const char *from, const char *path, struct error **err)
{
    const json_t *found = json_pointer_find(*doc, from);

    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "\"%s\" does not exist", from);
    return op_add(doc, path, json_deep_copy(found), err);
}

static int apply_one(json_t **doc, const json_t *op, struct error **err)
{
    const char *name = json_string_value(json_object_get(op, "op"));
    const char *path = json_string_value(json_object_get(op, "path"));
    const char *from = json_string_value(json_object_get(op, "from"));
    const json_t *value = json_object_get(op, "value");

    if (!name || !path)
        return error_set(err, ERROR_INVALID, "an operation needs \"op\" and \"path\"");
    if (streq(name, "remove"))
        return op_remove(doc, path, err);
    if (streq(name, "move") || streq(name, "copy")) {
        if (!from)
            return error_set(err, ERROR_INVALID, "\"from\" is missing");
        return streq(name, "move") ? op_move(doc, from, path, err) : op_copy(doc, from, path, err);
    }
    if (!streq(name, "add") && !streq(name, "replace") && !streq(name, "test"))
        return error_set(err, ERROR_INVALID, "the operation is unknown");
    if (!value)
        return error_set(err, ERROR_INVALID, "\"value\" is missing");
    if (streq(name, "add"))
        return op_add(doc, path, json_deep_copy(value), err);
    if (streq(name, "replace"))
        return op_replace(doc, path, json_deep_copy(value), err);
    return op_test(*doc, path, value, err);
}

int json_patch_apply(json_t **doc, const json_t *ops, struct error **err)
{
    json_t *copy;

    if (!json_is_array(ops))
        return error_set(err, ERROR_INVALID, "a JSON patch must be a list of operations");
    copy = json_deep_copy(*doc);
    for (size_t i = 0; i < json_array_size(ops); i++) {
        const json_t *op = json_array_get(ops, i);
        const char *name = json_string_value(json_object_get(op, "op"));
        const char *path = json_string_value(json_object_get(op, "path"));

        if (apply_one(&copy, op, err) < 0) {
            json_decref(copy);
            return error_wrap(err, "operation %zu (%s %s)", i, name ? name : "?",
                              path ? path : "?");
        }
    }
    json_decref(*doc);
    *doc = copy;
    return 0;
}

/* Both given away as one: takes `doc` (NULL where nothing is). */
static json_t *merged(json_t *doc, const json_t *patch)
{
    const char *key;
    json_t *value;

    if (!json_is_object(patch)) {
        json_decref(doc);
        return json_deep_copy(patch);
    }
    if (!json_is_object(doc)) {
        json_decref(doc);
        doc = json_object();
    }
    json_object_foreach ((json_t *)patch, key, value) {
        if (json_is_null(value))
            json_object_del(doc, key);
        else
            json_object_set_new(doc, key, merged(json_incref(json_object_get(doc, key)), value));
    }
    return doc;
}

void merge_patch_apply(json_t **doc, const json_t *patch)
{
    json_t *copy = json_deep_copy(*doc); /* others may hold references into *doc */

    json_decref(*doc);
    *doc = merged(copy, patch);
}
