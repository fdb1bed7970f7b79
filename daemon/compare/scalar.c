/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scalar: are two scalars the same for the API server? It stores some types in a spelling
 * of its own: quantities, times, byte strings. Which fields have such a type is known from their
 * type or, without one, from their names, so that the free text of labels, arguments or ConfigMaps
 * is compared letter by letter.
 */
#include "daemon/compare/walk.h"
#include "lib/base/base64.h"
#include "lib/base/time.h"
#include "lib/doc/quantity.h"

static bool is_one_of(const char *s, const char *const *names)
{
    for (; s && *names; names++)
        if (streq(s, *names))
            return true;
    return false;
}

static const char *parent_field(const struct place *at)
{
    return at->up ? at->up->field : NULL;
}

static bool holds_quantity(const struct place *at)
{
    static const char *const lists[] = {"limits",
                                        "requests",
                                        "capacity",
                                        "allocatable",
                                        "allocatedResources",
                                        "hard",
                                        "used",
                                        "default",
                                        "max",
                                        "min",
                                        "podFixed",
                                        "defaultRequest",
                                        "overhead",
                                        "maxLimitRequestRatio",
                                        NULL};
    static const char *const fields[] = {"sizeLimit", "divisor", "averageValue",
                                         "maximumVolumeSize", NULL};
    const char *parent = parent_field(at);

    if (!at->field)
        return false;
    if (is_one_of(parent, lists))
        return true;
    if (streq(at->field, "value")) /* of a metric: the `value` of a variable has no such parent */
        return streq(parent, "target");
    if (!parent)
        return is_one_of(at->field, fields) || streq(at->field, "capacity");
    return is_one_of(at->field, fields) &&
           !is_one_of(parent, (const char *const[]){"data", "labels", "annotations", "matchLabels",
                                                    "nodeSelector", NULL});
}

static bool holds_bytes(const struct comparison *c, const struct place *at)
{
    if (!at->field)
        return false;
    if (streq(at->field, "caBundle"))
        return true;
    if (at->up && at->up->up)
        return false;
    return (streq(c->kind, "Secret") && streq(parent_field(at), "data")) ||
           (streq(c->kind, "ConfigMap") && streq(parent_field(at), "binaryData")) ||
           (streq(c->kind, "CertificateSigningRequest") && streq(at->field, "request"));
}

static bool may_hold_time(const struct place *at)
{
    static const char *const free_text[] = {"data",        "labels",       "annotations",
                                            "matchLabels", "nodeSelector", NULL};

    return at->field && !streq(at->field, "value") && !is_one_of(parent_field(at), free_text);
}

static bool bytes_equal(const char *a, const char *b)
{
    cleanup_buf struct buf x = BUF_UNLIMITED;
    cleanup_buf struct buf y = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;

    return base64_decode(a, strlen(a), &x, &err) == 0 &&
           base64_decode(b, strlen(b), &y, &err) == 0 && x.len == y.len &&
           memcmp(x.data, y.data, x.len) == 0;
}

static bool times_equal(const char *a, const char *b)
{
    cleanup_error struct error *err = NULL;
    int64_t x, y;

    return time_parse_rfc3339(a, &x, &err) == 0 && time_parse_rfc3339(b, &y, &err) == 0 && x == y;
}

static bool durations_equal(const char *a, const char *b)
{
    cleanup_error struct error *err = NULL;
    uint64_t x, y;

    return duration_parse(a, &x, &err) == 0 && duration_parse(b, &y, &err) == 0 && x == y;
}

static bool numbers_equal(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b))
        return json_integer_value(a) == json_integer_value(b);
    return json_number_value(a) == json_number_value(b);
}

/* The server leaves out what has its zero value (`stdin: false`). If somebody had removed a field
 * of ours, we would own it no longer. */
static bool is_zero(const json_t *v)
{
    return json_is_false(v) || (json_is_string(v) && json_string_length(v) == 0) ||
           (json_is_number(v) && json_number_value(v) == 0);
}

/* How a scalar is spelled, from its type or else its name. */
static enum kube_shape shape_of(const struct comparison *c, const struct place *at)
{
    enum kube_shape shape = kube_type_shape(at->type);

    if (shape != KUBE_ANY)
        return shape;
    if (holds_quantity(at))
        return KUBE_QUANTITY;
    if (holds_bytes(c, at))
        return KUBE_BYTES;
    return may_hold_time(at) ? KUBE_TIME : KUBE_STRING;
}

static bool is_same_text(const json_t *a, const json_t *b)
{
    return json_string_length(a) == json_string_length(b) &&
           memcmp(json_string_value(a), json_string_value(b), json_string_length(a)) == 0;
}

static bool is_same(const json_t *a, const json_t *b)
{
    if (json_is_string(a) && json_is_string(b))
        return is_same_text(a, b);
    if (json_is_number(a) && json_is_number(b))
        return numbers_equal(a, b);
    return json_is_boolean(a) && json_typeof(a) == json_typeof(b);
}

/* Two spellings of one value? */
static bool is_respelled(enum kube_shape shape, const json_t *a, const json_t *b)
{
    const char *x = json_string_value(a);
    const char *y = json_string_value(b);

    if (shape == KUBE_QUANTITY)
        return quantity_equal(a, b);
    if (!x || !y)
        return false;
    switch (shape) {
    case KUBE_TIME: return times_equal(x, y);
    case KUBE_DURATION: return durations_equal(x, y);
    case KUBE_BYTES: return bytes_equal(x, y);
    default: return false;
    }
}

/* Of a field of a built-in kind an empty text is none, and the server may put its default there.
 * In a map of the user's it is a text like another. */
static bool may_be_defaulted(const struct comparison *c, const struct place *at,
                             const json_t *declared, const json_t *live)
{
    return c->builtin && at->field && json_is_string(declared) && !json_string_length(declared) &&
           json_is_string(live) && !(at->up && kube_type_shape(at->up->type) == KUBE_MAP);
}

/*
 * Built-in kinds are stored in the server's own spelling and without zero values. A custom resource
 * is stored as written; where it is spelled in another way nevertheless, a webhook did it, or we
 * declared it so before.
 */
void scalar_compare(struct comparison *c, const struct place *at, const json_t *declared,
                    const json_t *live)
{
    bool same =
        is_nothing(live) ? is_zero(declared) : is_respelled(shape_of(c, at), declared, live);

    if (!is_nothing(live) && is_same(declared, live))
        return;
    if (!same && may_be_defaulted(c, at, declared, live))
        walk_found(c, at, DRIFT_UNDECIDED);
    else if (!same)
        walk_found(c, at, DRIFT_VALUE);
    else if (!c->builtin)
        walk_found(c, at, DRIFT_UNDECIDED);
}
