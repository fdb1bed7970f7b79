/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dry_run: what would a write change? Two documents of the same object from the same server are
 * equal or not, letter by letter; only what every write changes is left out.
 */
#include "daemon/compare/owned.h"
#include "daemon/compare/walk.h"
#include "daemon/object/identity.h"

/* Values of `declared` are the answer's, so that walk_found says what a write would bring. */
static void diff_value(struct comparison *c, const struct place *at, const json_t *answer,
                       const json_t *live);

static bool is_of_the_write(const struct place *at, const char *field)
{
    static const char *const names[] = {"managedFields", "resourceVersion", "generation"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (at && !at->up && streq(at->field, "metadata") && streq(field, names[i]))
            return true;
    return false;
}

/* Nothing that the server would store. It prints what is empty in a built-in kind, and yet may
 * drop it on the way to its store; ownership tells more. */
static bool counts_as_nothing(const struct comparison *c, const json_t *v)
{
    return is_nothing(v) || (c->builtin && is_empty_container(v));
}

static void diff_map(struct comparison *c, const struct place *at, const json_t *answer,
                     const json_t *live)
{
    const char *field;
    json_t *value;

    json_object_foreach ((json_t *)answer, field, value) {
        struct place here = {.up = at, .field = field};
        const json_t *was = json_object_get(live, field);

        if (is_of_the_write(at, field) || is_ignored_field(c, answer, live, field) ||
            (counts_as_nothing(c, value) && counts_as_nothing(c, was)))
            continue;
        if (was)
            diff_value(c, &here, value, was);
        else
            walk_found(c, &here, DRIFT_VALUE);
    }
    json_object_foreach ((json_t *)live, field, value) {
        struct place here = {.up = at, .field = field};

        if (!json_object_get(answer, field) && !counts_as_nothing(c, value) &&
            !is_of_the_write(at, field) && !is_ignored_field(c, answer, live, field))
            walk_found(c, &here, DRIFT_UNDECLARED);
    }
}

static void diff_list(struct comparison *c, const struct place *at, const json_t *answer,
                      const json_t *live)
{
    if (json_array_size(answer) != json_array_size(live)) {
        walk_found(c, at, DRIFT_VALUE);
        return;
    }
    for (size_t i = 0; i < json_array_size(answer); i++) {
        struct place here = {.up = at, .index = i};

        if (!ignored_has_item(c->ignored, live, i))
            diff_value(c, &here, json_array_get(answer, i), json_array_get(live, i));
    }
}

static void diff_value(struct comparison *c, const struct place *at, const json_t *answer,
                       const json_t *live)
{
    if (json_is_object(answer) && json_is_object(live))
        diff_map(c, at, answer, live);
    else if (json_is_array(answer) && json_is_array(live))
        diff_list(c, at, answer, live);
    else if (!json_equal((json_t *)answer, (json_t *)live))
        walk_found(c, at, DRIFT_VALUE);
}

/* Is the place that `name` of fieldsV1 means ignored in the live container? `*below` is what is
 * live there. */
static bool is_ignored_name(const struct comparison *c, const json_t *live, const char *name,
                            const json_t **below)
{
    size_t index;

    *below = NULL;
    if (str_has_prefix(name, "f:")) {
        *below = json_object_get(live, name + 2);
        return ignored_has_field(c->ignored, live, name + 2);
    }
    index = owned_find_item(live, name);
    if (index == OWNED_NO_ITEM)
        return false;
    *below = json_array_get(live, index);
    return ignored_has_item(c->ignored, live, index);
}

/* What is in `fields` and not in `others` is found as `drift`. */
static void diff_fields(struct comparison *c, const struct place *at, const json_t *fields,
                        const json_t *others, const json_t *live, enum drift drift)
{
    const char *name;
    json_t *node;

    json_object_foreach ((json_t *)fields, name, node) {
        bool is_field = str_has_prefix(name, "f:");
        struct place here = {.up = at, .field = is_field ? name + 2 : NULL, .owned = name};
        const json_t *other = json_object_get(others, name);
        const json_t *below = NULL;
        json_t *key = NULL;

        if (*name != '.' && is_ignored_name(c, live, name, &below))
            continue;
        if (!is_field && *name != '.')
            here.key = key = json_loads(name + 2, JSON_DECODE_ANY, NULL);
        if (!other)
            walk_found(c, *name == '.' ? at : &here, drift);
        else
            diff_fields(c, &here, node, other, below, drift);
        json_decref(key);
    }
}

static const json_t *managers_of(const json_t *object)
{
    return json_object_get(json_object_get(object, "metadata"), "managedFields");
}

enum drift compare_dry_run(const json_t *live, const json_t *answer, const struct ignored *ignored,
                           struct drifts *out)
{
    const json_t *ours = managers_find_ours(managers_of(live));
    const json_t *then = managers_find_ours(managers_of(answer));
    const json_t *owned = json_object_get(ours, "fieldsV1");
    const json_t *would_own = json_object_get(then, "fieldsV1");
    struct comparison c = {
        .managers = managers_of(live),
        .ours = ours,
        .ignored = ignored,
        .builtin = walk_is_builtin(object_string(live, "apiVersion")),
        .out = out,
    };
    struct place version = {.field = "apiVersion"};

    diff_map(&c, NULL, answer, live);
    if (c.worst != DRIFT_NONE)
        return c.worst;
    if (!ours != !then ||
        !streq(object_string(ours, "apiVersion"), object_string(then, "apiVersion")))
        walk_found(&c, &version, DRIFT_NOT_OURS);
    diff_fields(&c, NULL, owned, would_own, live, DRIFT_UNDECLARED);
    diff_fields(&c, NULL, would_own, owned, live, DRIFT_NOT_OURS);
    return c.worst;
}
