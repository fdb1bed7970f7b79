/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/selector.h"

#include "tests/sandbox/refusal.h"

#include <ctype.h>

enum term_operator { TERM_IN, TERM_NOT_IN, TERM_EXISTS, TERM_ABSENT };

struct term {
    bool is_field;
    enum term_operator op;
    char *key;
    struct strvec values;
};

static void term_free(struct term *t)
{
    free(t->key);
    strvec_clear(&t->values);
    free(t);
}

void selector_clear(struct selector *s)
{
    for (size_t i = 0; i < s->terms.len; i++)
        term_free(s->terms.items[i]);
    ptrvec_clear(&s->terms);
}

bool selector_is_empty(const struct selector *s)
{
    return s->terms.len == 0;
}

static void skip_space(const char **p)
{
    while (isspace((unsigned char)**p))
        (*p)++;
}

/* Up to what ends a word in either language; the word is trimmed. */
static char *read_word(const char **p, const char *ends)
{
    size_t len = strcspn(*p, ends);
    char *word = xstrndup(*p, len);

    *p += len;
    while (len > 0 && isspace((unsigned char)word[len - 1]))
        word[--len] = '\0';
    return word;
}

/* "in (a, b)" or "notin (a)": behind the key. */
static bool read_set(const char **p, struct term *t)
{
    if (str_has_prefix(*p, "notin")) {
        t->op = TERM_NOT_IN;
        *p += strlen("notin");
    } else if (str_has_prefix(*p, "in")) {
        *p += strlen("in");
    } else {
        return false;
    }
    skip_space(p);
    if (*(*p)++ != '(')
        return false;
    do {
        skip_space(p);
        strvec_take(&t->values, read_word(p, ",)"));
    } while (*(*p)++ == ',');
    return (*p)[-1] == ')';
}

static bool read_value(const char **p, struct term *t)
{
    if (str_has_prefix(*p, "!=")) {
        t->op = TERM_NOT_IN;
        *p += 2;
    } else if (str_has_prefix(*p, "==")) {
        *p += 2;
    } else {
        (*p)++;
    }
    skip_space(p);
    strvec_take(&t->values, read_word(p, ","));
    return true;
}

static bool read_term(const char **p, struct term *t)
{
    bool absent = **p == '!';

    if (absent)
        (*p)++;
    skip_space(p);
    t->key = read_word(p, "=!, \t(");
    skip_space(p);
    if (!*t->key)
        return false;
    if (absent || !**p || **p == ',') {
        t->op = absent ? TERM_ABSENT : TERM_EXISTS;
        return true;
    }
    return **p == '=' || **p == '!' ? read_value(p, t) : read_set(p, t);
}

static bool read_terms(const char *text, bool are_fields, struct selector *out)
{
    skip_space(&text);
    while (*text) {
        struct term *t = xcalloc(1, sizeof(*t));

        t->is_field = are_fields;
        ptrvec_push(&out->terms, t);
        if (!read_term(&text, t))
            return false;
        skip_space(&text);
        if (*text && *text != ',')
            return false;
        text += *text == ',';
        skip_space(&text);
    }
    return true;
}

/* Every kind offers its name and namespace; some offer more. */
static const struct {
    const char *kind;
    const char *field;
} offered[] = {
    {"Pod", "spec.nodeName"},
    {"Pod", "spec.restartPolicy"},
    {"Pod", "spec.schedulerName"},
    {"Pod", "spec.serviceAccountName"},
    {"Pod", "status.phase"},
    {"Pod", "status.podIP"},
    {"Event", "involvedObject.kind"},
    {"Event", "involvedObject.namespace"},
    {"Event", "involvedObject.name"},
    {"Event", "involvedObject.uid"},
    {"Event", "involvedObject.apiVersion"},
    {"Event", "reason"},
    {"Event", "type"},
    {"Event", "source"},
    {"Secret", "type"},
    {"Namespace", "status.phase"},
    {"Node", "spec.unschedulable"},
    {"Job", "status.successful"},
    {"Service", "spec.clusterIP"},
    {"Service", "spec.type"},
    {"ReplicaSet", "status.replicas"},
};

static bool offers(const struct kind *kind, const char *field)
{
    if (streq(field, "metadata.name") || streq(field, "metadata.namespace"))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(offered); i++)
        if (!kind_is_custom(kind) && streq(offered[i].kind, kind->kind) &&
            streq(offered[i].field, field))
            return true;
    return false;
}

static int refuse_field(const struct kind *kind, const char *field, json_t **refused)
{
    for (size_t i = 0; i < ARRAY_LEN(offered); i++)
        if (!kind_is_custom(kind) && streq(offered[i].kind, kind->kind))
            return refuse_bad_request(refused, "field label not supported: %s", field);
    return refuse_bad_request(refused,
                              "\"%s\" is not a known field selector: only \"metadata.name\", "
                              "\"metadata.namespace\"",
                              field);
}

int selector_parse(const struct kind *kind, const char *labels, const char *fields,
                   struct selector *out, json_t **refused)
{
    if (labels && !read_terms(labels, false, out))
        return refuse_bad_request(refused,
                                  "unable to parse requirement: <nil>: Invalid value: "
                                  "\"%s\": is no label selector",
                                  labels);
    if (fields && !read_terms(fields, true, out))
        return refuse_bad_request(refused, "invalid selector: '%s'; can't understand it", fields);
    for (size_t i = 0; i < out->terms.len; i++) {
        const struct term *t = out->terms.items[i];

        if (t->is_field && !offers(kind, t->key))
            return refuse_field(kind, t->key, refused);
    }
    return 0;
}

static const char *field_text(const json_t *object, const char *path)
{
    cleanup_free char *copy = xstrdup(path);
    char *rest = copy, *name;
    const char *text;

    while ((name = strsep(&rest, ".")))
        object = json_object_get(object, name);
    text = json_string_value(object);
    return text ? text : "";
}

static bool term_matches(const struct term *t, const char *value)
{
    switch (t->op) {
    case TERM_IN: return value && strvec_has(&t->values, value);
    case TERM_NOT_IN: return !value || !strvec_has(&t->values, value);
    case TERM_EXISTS: return value != NULL;
    case TERM_ABSENT: break;
    }
    return value == NULL;
}

bool selector_matches(const struct selector *s, const json_t *object)
{
    const json_t *labels = json_object_get(json_object_get(object, "metadata"), "labels");

    for (size_t i = 0; i < s->terms.len; i++) {
        const struct term *t = s->terms.items[i];
        const char *value = t->is_field ? field_text(object, t->key)
                                        : json_string_value(json_object_get(labels, t->key));

        if (!term_matches(t, value))
            return false;
    }
    return true;
}
