/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/patch.h"

#include "lib/doc/budget.h"
#include "lib/doc/scalar.h"
#include "lib/doc/spelling.h"

#include <errno.h>

#define EXACT_MAX ((json_int_t)1 << 53)

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

/* As in Go's strings.NewReplacer: "~" before anything else stands for itself. */
static char *patch_token(const char *s, size_t len)
{
    char *token = xmalloc(len + 1);
    char *out = token;

    for (size_t i = 0; i < len; i++) {
        bool escape = s[i] == '~' && i + 1 < len && (s[i + 1] == '0' || s[i + 1] == '1');

        *out++ = !escape ? s[i] : s[i + 1] == '0' ? '~' : '/';
        i += escape;
    }
    *out = '\0';
    return token;
}

/* An index as Go's Atoi reads it; a negative one counts back from `size`. -1: none that fits. */
static long patch_index(const char *token, size_t size)
{
    const char *digits = token + (*token == '-' || *token == '+');
    long index;

    if (!*digits || strspn(digits, "0123456789") != strlen(digits))
        return -1;
    errno = 0;
    index = strtol(token, NULL, 10);
    if (errno)
        return -1;
    return index < 0 ? index + (long)size : index;
}

/* Where a path leads: the container, and the last token (on the heap). */
struct place {
    json_t *parent;
    char *token;
};

static void place_clear(struct place *p)
{
    free(p->token);
}
#define cleanup_place __attribute__((cleanup(place_clear)))

static bool place_is_list(const struct place *p)
{
    return json_is_array(p->parent);
}

/* What stands at the place, NULL where nothing does. */
static json_t *place_get(const struct place *p)
{
    size_t size = json_array_size(p->parent);
    long index;

    if (!place_is_list(p))
        return json_object_get(p->parent, p->token);
    index = patch_index(p->token, size);
    return index < 0 ? NULL : json_array_get(p->parent, (size_t)index);
}

/* What stands before the first "/" does not count, as in the library that kustomize uses. */
static int place_find(json_t *doc, const char *path, struct place *out, struct error **err)
{
    const char *token = strchr(path, '/');
    struct place at = {.parent = doc};

    if (!token)
        return error_set(err, ERROR_INVALID, "the path must start with \"/\"");
    for (token++;; token++) {
        size_t len = strcspn(token, "/");

        at.token = patch_token(token, len);
        token += len;
        if (!*token)
            break;
        at.parent = place_get(&at);
        free(at.token);
        if (!at.parent || json_is_null(at.parent))
            return error_set(err, ERROR_NOT_FOUND, "\"%.*s\" does not exist", (int)(token - path),
                             path);
        if (!json_is_object(at.parent) && !json_is_array(at.parent))
            return error_set(err, ERROR_INVALID, "\"%.*s\" is neither an object nor a list",
                             (int)(token - path), path);
    }
    *out = at;
    return 0;
}

/* A list has the item, or it is an error; an object need not have the field. */
static int place_check(const struct place *p, struct error **err)
{
    if (place_is_list(p) && !place_get(p))
        return error_set(err, ERROR_NOT_FOUND, "\"%s\" is no index of a list of %zu", p->token,
                         json_array_size(p->parent));
    return 0;
}

static int place_add(const struct place *p, json_t *value, struct error **err)
{
    size_t count = json_array_size(p->parent);
    long index;

    if (!place_is_list(p)) {
        json_object_set(p->parent, p->token, value);
        return 0;
    }
    index = streq(p->token, "-") ? (long)count : patch_index(p->token, count + 1);
    if (index < 0 || (size_t)index > count)
        return error_set(err, ERROR_INVALID, "\"%s\" is no index of a list of %zu", p->token,
                         count);
    json_array_insert(p->parent, (size_t)index, value);
    return 0;
}

static int place_remove(const struct place *p, struct error **err)
{
    if (!place_get(p))
        return error_set(err, ERROR_NOT_FOUND, "there is nothing to remove");
    if (place_is_list(p))
        json_array_remove(p->parent, (size_t)patch_index(p->token, json_array_size(p->parent)));
    else
        json_object_del(p->parent, p->token);
    return 0;
}

/* One operation; `value` is a copy of its own, null where it names none. */
struct operation {
    const char *path;
    const char *from;
    json_t *value;
    bool has_value;
};

static int op_add(json_t **doc, const struct operation *op, struct error **err)
{
    cleanup_place struct place at = {0};

    return place_find(*doc, op->path, &at, err) < 0 ? -1 : place_add(&at, op->value, err);
}

static int op_remove(json_t **doc, const struct operation *op, struct error **err)
{
    cleanup_place struct place at = {0};

    return place_find(*doc, op->path, &at, err) < 0 ? -1 : place_remove(&at, err);
}

/* A field that is not there is added; the whole document must stay an object or a list. */
static int op_replace(json_t **doc, const struct operation *op, struct error **err)
{
    cleanup_place struct place at = {0};

    if (!*op->path) {
        if (!json_is_object(op->value) && !json_is_array(op->value))
            return error_set(err, ERROR_INVALID, "only an object can replace the whole document");
        json_decref(*doc);
        *doc = json_incref(op->value);
        return 0;
    }
    if (place_find(*doc, op->path, &at, err) < 0 || place_check(&at, err) < 0)
        return -1;
    if (!place_is_list(&at))
        return place_add(&at, op->value, err);
    json_array_set(at.parent, (size_t)patch_index(at.token, json_array_size(at.parent)), op->value);
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

/* Nothing and null are the same. */
static int op_test(json_t **doc, const struct operation *op, struct error **err)
{
    cleanup_place struct place at = {0};
    const json_t *found = *doc;

    if (*op->path) {
        if (place_find(*doc, op->path, &at, err) < 0 || place_check(&at, err) < 0)
            return -1;
        found = place_get(&at);
    }
    if ((!found || json_is_null(found)) ? json_is_null(op->value)
                                        : op->has_value && equal(found, op->value))
        return 0;
    return error_set(err, ERROR_INVALID, "the tested value is another one");
}

static int from_find(json_t *doc, const struct operation *op, struct place *out, struct error **err)
{
    if (!op->from)
        return error_set(err, ERROR_INVALID, "\"from\" is missing");
    if (place_find(doc, op->from, out, err) < 0 || place_check(out, err) < 0)
        return error_wrap(err, "from %s", op->from);
    return 0;
}

static int op_move(json_t **doc, const struct operation *op, struct error **err)
{
    cleanup_place struct place from = {0}, to = {0};
    json_t *value;
    int result = -1;

    if (from_find(*doc, op, &from, err) < 0)
        return -1;
    value = json_incref(place_get(&from));
    if (place_remove(&from, err) < 0)
        error_wrap(err, "from %s", op->from);
    else if (place_find(*doc, op->path, &to, err) == 0)
        result = place_add(&to, value, err);
    json_decref(value);
    return result;
}

/* A field that is not there copies as null. */
static int op_copy(json_t **doc, const struct operation *op, struct error **err)
{
    cleanup_place struct place from = {0}, to = {0};
    json_t *value;
    int result;

    if (from_find(*doc, op, &from, err) < 0 || place_find(*doc, op->path, &to, err) < 0)
        return -1;
    if (budget_spend_value(place_get(&from), err) < 0)
        return -1;
    value = place_get(&from) ? json_deep_copy(place_get(&from)) : json_null();
    result = place_add(&to, value, err);
    json_decref(value);
    return result;
}

/* Go reads the numbers of JSON as floats: those beyond 2^53 are rounded. */
static json_t *rounded(const json_t *v)
{
    json_int_t n = json_integer_value(v);

    return n >= -EXACT_MAX && n <= EXACT_MAX ? NULL : scalar_number((double)n);
}

static void round_below(json_t *doc)
{
    json_t *other;

    for (void *i = json_object_iter(doc); i; i = json_object_iter_next(doc, i)) {
        if ((other = rounded(json_object_iter_value(i))))
            json_object_iter_set_new(doc, i, other);
        else
            round_below(json_object_iter_value(i));
    }
    for (size_t i = 0; i < json_array_size(doc); i++) {
        if ((other = rounded(json_array_get(doc, i))))
            json_array_set_new(doc, i, other);
        else
            round_below(json_array_get(doc, i));
    }
}

/* A copy that may be changed. */
static json_t *rounded_copy(const json_t *v)
{
    json_t *copy = rounded(v);

    if (copy)
        return copy;
    copy = json_deep_copy(v);
    round_below(copy);
    return copy;
}

static int apply_one(json_t **doc, const json_t *json, struct error **err)
{
    static const struct {
        const char *name;
        int (*apply)(json_t **doc, const struct operation *op, struct error **err);
    } kinds[] = {{"add", op_add},   {"remove", op_remove}, {"replace", op_replace},
                 {"move", op_move}, {"copy", op_copy},     {"test", op_test}};
    const char *name = json_string_value(json_object_get(json, "op"));
    const json_t *value = json_object_get(json, "value");
    struct operation op = {
        .path = json_string_value(json_object_get(json, "path")),
        .from = json_string_value(json_object_get(json, "from")),
        .has_value = value != NULL,
    };
    int result;

    if (!name || !op.path)
        return error_set(err, ERROR_INVALID, "an operation needs \"op\" and \"path\"");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!streq(kinds[i].name, name))
            continue;
        op.value = value ? rounded_copy(value) : json_null();
        result = kinds[i].apply(doc, &op, err);
        json_decref(op.value);
        return result;
    }
    return error_set(err, ERROR_INVALID, "the operation is unknown");
}

int json_patch_apply(json_t **doc, const json_t *ops, struct error **err)
{
    const char *misfit;
    json_t *copy;

    if (!json_is_array(ops))
        return error_set(err, ERROR_INVALID, "a JSON patch must be a list of operations");
    copy = json_deep_copy(*doc);
    misfit = spelled_resolve(copy); /* kustomize makes JSON of it */
    if (misfit) {
        error_set(err, ERROR_INVALID, "the text in the field \"%s\" is not of its type", misfit);
        json_decref(copy);
        return -1;
    }
    round_below(copy);
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
