/* SPDX-License-Identifier: Apache-2.0 */
#include "jq/places.h"

/* Each function takes its jv arguments but `path`, as libjq's do, and returns `found`. */

static jv compare(jv found, jv path, jv before, jv after);

static jv note(jv found, jv path)
{
    return jv_array_append(found, jv_copy(path));
}

static jv compare_objects(jv found, jv path, jv before, jv after)
{
    jv_object_foreach(before, key, value)
    {
        jv here = jv_array_append(jv_copy(path), jv_copy(key));
        jv other = jv_object_get(jv_copy(after), key);

        found = compare(found, here, value, other);
        jv_free(here);
    }
    jv_object_foreach(after, key, value)
    {
        jv_free(value);
        if (!jv_object_has(jv_copy(before), jv_copy(key))) {
            jv here = jv_array_append(jv_copy(path), jv_copy(key));

            found = note(found, here);
            jv_free(here);
        }
        jv_free(key);
    }
    jv_free(before);
    jv_free(after);
    return found;
}

/* Items were taken out, and the others are as they were; otherwise the whole array counts. */
static jv compare_shorter(jv found, jv path, jv before, jv after)
{
    jv gone = jv_array();
    int kept = 0, len = jv_array_length(jv_copy(before)), left = jv_array_length(jv_copy(after));

    for (int i = 0; i < len; i++) {
        if (kept < left &&
            jv_equal(jv_array_get(jv_copy(before), i), jv_array_get(jv_copy(after), kept)))
            kept++;
        else
            gone = jv_array_append(gone, jv_array_append(jv_copy(path), jv_number(i)));
    }
    jv_free(before);
    jv_free(after);
    if (kept == left)
        return jv_array_concat(found, gone);
    jv_free(gone);
    return note(found, path);
}

static jv compare_arrays(jv found, jv path, jv before, jv after)
{
    int len = jv_array_length(jv_copy(before));

    if (len != jv_array_length(jv_copy(after)))
        return compare_shorter(found, path, before, after);
    for (int i = 0; i < len; i++) {
        jv here = jv_array_append(jv_copy(path), jv_number(i));

        found =
            compare(found, here, jv_array_get(jv_copy(before), i), jv_array_get(jv_copy(after), i));
        jv_free(here);
    }
    jv_free(before);
    jv_free(after);
    return found;
}

/* `after` may be invalid: it is not there. */
static jv compare(jv found, jv path, jv before, jv after)
{
    jv_kind kind = jv_get_kind(before);

    if (jv_get_kind(after) == kind && kind == JV_KIND_OBJECT)
        return compare_objects(found, path, before, after);
    if (jv_get_kind(after) == kind && kind == JV_KIND_ARRAY)
        return compare_arrays(found, path, before, after);
    if (!jv_is_valid(after)) {
        jv_free(before);
        jv_free(after);
        return note(found, path);
    }
    return jv_equal(before, after) ? found : note(found, path);
}

jv places_changed(jv before, jv after)
{
    jv root = jv_array();
    jv found = compare(jv_array(), root, before, after);

    jv_free(root);
    if (jv_array_length(jv_copy(found)) <= PLACES_MAX)
        return found;
    jv_free(found);
    return jv_invalid_with_msg(jv_string("changes too many places"));
}
