/* SPDX-License-Identifier: Apache-2.0 */
#include "jq/program.h"

#include "jq/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGE_BYTES 300

struct program {
    char *expression;
    jq_state *jq;     /* NULL: it does not compile */
    bool is_deletion; /* the output is the changed document, not a path */
    char *problem;    /* what jq said first about it */
};

static jv one_field(const char *name, const char *text)
{
    return jv_object_set(jv_object(), jv_string(name), jv_string(text));
}

jv program_error(const char *message)
{
    return one_field("error", message);
}

/* jq says several things about one mistake: the first is the cause. */
static void on_message(void *arg, jv message)
{
    struct program *p = arg;
    jv text = jq_format_error(message);

    if (!p->problem && jv_get_kind(text) == JV_KIND_STRING)
        p->problem = strndup(jv_string_value(text), MAX_MESSAGE_BYTES);
    jv_free(text);
}

static jq_state *compile(struct program *p, const char *before, const char *after)
{
    jq_state *jq = jq_init();
    char *text = NULL;

    if (!jq || asprintf(&text, "%s%s%s", before, p->expression, after) < 0)
        abort();
    jq_set_attr(jq, jv_string("JQ_LIBRARY_PATH"), jv_array()); /* there are no modules */
    jq_set_error_cb(jq, on_message, p);
    jq_set_input_cb(jq, NULL, NULL); /* jq 1.6 leaves it as the memory was */
    jq_set_debug_cb(jq, NULL, NULL);
    if (!jq_compile(jq, text))
        jq_teardown(&jq); /* sets it to NULL */
    free(text);
    return jq;
}

struct program *program_new(const char *expression)
{
    struct program *p = calloc(1, sizeof(*p));
    char *first;

    if (!p || !(p->expression = strdup(expression)))
        abort();
    /* A definition holds whole expressions only. A comment ends with the line. */
    p->jq = compile(p, "def gitopsd_places: ", "\n; path(gitopsd_places)");
    if (p->jq)
        return p;
    first = p->problem;
    p->problem = NULL;
    p->jq = compile(p, "del(", "\n)");
    p->is_deletion = true;
    free(p->problem);
    p->problem = first;
    return p;
}

void program_free(struct program *p)
{
    if (!p)
        return;
    if (p->jq)
        jq_teardown(&p->jq);
    free(p->problem);
    free(p->expression);
    free(p);
}

bool program_is(const struct program *p, const char *expression)
{
    return strcmp(p->expression, expression) == 0;
}

/* All outputs, or the error message as an invalid value. */
static jv outputs(struct program *p, jv document)
{
    jv list = jv_array();
    jv out;

    jq_start(p->jq, document, 0);
    while (jv_is_valid(out = jq_next(p->jq))) {
        if (jv_array_length(jv_copy(list)) == PLACES_MAX) {
            jv_free(out);
            jv_free(list);
            return jv_invalid_with_msg(jv_string("names too many places"));
        }
        list = jv_array_append(list, out);
        if (p->is_deletion)
            return list;
    }
    if (jq_halted(p->jq) || jv_invalid_has_msg(jv_copy(out))) {
        jv_free(list);
        return jq_halted(p->jq) ? (jv_free(out), jv_invalid_with_msg(jv_string("halted"))) : out;
    }
    jv_free(out);
    return list;
}

static jv failure(jv invalid)
{
    jv message = jv_invalid_get_msg(invalid);
    jv text = jv_get_kind(message) == JV_KIND_STRING ? message : jv_dump_string(message, 0);
    char shown[MAX_MESSAGE_BYTES + 1];

    snprintf(shown, sizeof(shown), "%s", jv_string_value(text));
    jv_free(text);
    return program_error(shown);
}

jv program_run(struct program *p, jv document)
{
    jv result;

    if (!p->jq) {
        jv_free(document);
        return one_field("invalid", p->problem ? p->problem : "jq: error: it does not compile");
    }
    result = outputs(p, jv_copy(document));
    if (jv_is_valid(result) && p->is_deletion)
        result = jv_array_length(jv_copy(result))
                     ? places_changed(document, jv_array_get(result, 0))
                     : (jv_free(document), result);
    else
        jv_free(document);
    if (!jv_is_valid(result))
        return failure(result);
    return jv_object_set(jv_object(), jv_string("paths"), result);
}
