/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/selector.h"

#include "lib/base/vec.h"

#include <ctype.h>
#include <errno.h>

#define LABEL_VALUE_MAX 63
#define LABEL_PREFIX_MAX 253

enum selector_operator {
    OPERATOR_EXISTS,
    OPERATOR_ABSENT,
    OPERATOR_IN, /* also = and == */
    OPERATOR_NOT_IN,
    OPERATOR_GREATER,
    OPERATOR_LESS,
};

struct requirement {
    char *key;
    enum selector_operator op;
    struct strvec values;
    int64_t bound; /* of > and < */
};

struct label_selector {
    struct requirement *items;
    size_t len;
};

enum token { TOKEN_END, TOKEN_WORD, TOKEN_SYMBOL };

struct selector_parser {
    const char *text; /* all of it, for errors */
    const char *at;   /* behind the token in hand */
    enum token token;
    char word[LABEL_PREFIX_MAX + LABEL_VALUE_MAX + 3]; /* the token in hand */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_symbol(char c)
{
    return c != '\0' && strchr("=!(),<>", c) != NULL;
}

static int selector_error(const struct selector_parser *p, struct error **err, const char *what)
{
    return error_set(err, ERROR_INVALID, "label selector \"%s\": %s", p->text, what);
}

static int token_next(struct selector_parser *p, struct error **err)
{
    size_t len = 0;

    while (is_space(*p->at))
        p->at++;
    if (*p->at == '\0') {
        p->token = TOKEN_END;
    } else if (is_symbol(*p->at)) {
        p->token = TOKEN_SYMBOL;
        len = str_has_prefix(p->at, "==") || str_has_prefix(p->at, "!=") ? 2 : 1;
    } else {
        p->token = TOKEN_WORD;
        while (p->at[len] && !is_space(p->at[len]) && !is_symbol(p->at[len]))
            len++;
        if (len >= sizeof(p->word))
            return selector_error(p, err, "a key or value is too long");
    }
    memcpy(p->word, p->at, len);
    p->word[len] = '\0';
    p->at += len;
    return 0;
}

static bool token_is(const struct selector_parser *p, const char *symbol)
{
    return p->token == TOKEN_SYMBOL && streq(p->word, symbol);
}

static bool token_ends_requirement(const struct selector_parser *p)
{
    return p->token == TOKEN_END || token_is(p, ",");
}

/* Letters, digits, `-`, `_` and `.`, with a letter or digit at both ends. */
static bool name_is_valid(const char *s)
{
    size_t len = strlen(s);

    if (len == 0 || len > LABEL_VALUE_MAX || !isalnum((unsigned char)s[0]) ||
        !isalnum((unsigned char)s[len - 1]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)s[i]) && !strchr("-_.", s[i]))
            return false;
    return true;
}

/* A DNS subdomain: parts of lower-case letters, digits and `-` between dots. */
static bool prefix_is_valid(const char *s, size_t len)
{
    if (len == 0 || len > LABEL_PREFIX_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool edge = i == 0 || i + 1 == len || s[i - 1] == '.' || s[i + 1] == '.';

        if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) &&
            (edge ? s[i] != '.' || i == 0 || i + 1 == len || s[i - 1] == '.' || s[i - 1] == '-' ||
                        s[i + 1] == '-'
                  : s[i] != '-' && s[i] != '.'))
            return false;
    }
    return true;
}

static bool key_is_valid(const char *key)
{
    const char *slash = strchr(key, '/');

    if (!slash)
        return name_is_valid(key);
    return prefix_is_valid(key, (size_t)(slash - key)) && name_is_valid(slash + 1);
}

static int value_add(struct selector_parser *p, struct requirement *r, const char *value,
                     struct error **err)
{
    if (*value && !name_is_valid(value))
        return selector_error(p, err, "a value is not a valid label value");
    if (!strvec_has(&r->values, value))
        strvec_push(&r->values, value);
    return 0;
}

/* "(a,b)": an empty place between commas is the empty value. */
static int values_parse(struct selector_parser *p, struct requirement *r, struct error **err)
{
    bool value_expected = true;

    if (!token_is(p, "("))
        return selector_error(p, err, "expected ( behind in or notin");
    if (token_next(p, err) < 0)
        return -1;
    if (token_is(p, ")"))
        return selector_error(p, err, "the set of values is empty");
    for (;;) {
        if (p->token == TOKEN_WORD && value_expected) {
            if (value_add(p, r, p->word, err) < 0)
                return -1;
            value_expected = false;
        } else if (token_is(p, ",") || token_is(p, ")")) {
            bool last = token_is(p, ")");

            if (value_expected && value_add(p, r, "", err) < 0)
                return -1;
            value_expected = true;
            if (last)
                return token_next(p, err);
        } else {
            return selector_error(p, err, "expected , or ) in a set of values");
        }
        if (token_next(p, err) < 0)
            return -1;
    }
}

static int bound_parse(struct selector_parser *p, struct requirement *r, struct error **err)
{
    char *end;

    errno = 0;
    r->bound = strtoll(p->word, &end, 10);
    if (p->token != TOKEN_WORD || errno || *end)
        return selector_error(p, err, "expected an integer behind > or <");
    return token_next(p, err);
}

static int value_parse(struct selector_parser *p, struct requirement *r, struct error **err)
{
    if (token_ends_requirement(p))
        return value_add(p, r, "", err);
    if (p->token != TOKEN_WORD)
        return selector_error(p, err, "expected a value");
    if (value_add(p, r, p->word, err) < 0)
        return -1;
    return token_next(p, err);
}

static int operator_parse(struct selector_parser *p, struct requirement *r, struct error **err)
{
    static const struct {
        const char *text;
        enum selector_operator op;
        int (*parse)(struct selector_parser *p, struct requirement *r, struct error **err);
    } operators[] = {
        {"=", OPERATOR_IN, value_parse},          {"==", OPERATOR_IN, value_parse},
        {"!=", OPERATOR_NOT_IN, value_parse},     {"in", OPERATOR_IN, values_parse},
        {"notin", OPERATOR_NOT_IN, values_parse}, {">", OPERATOR_GREATER, bound_parse},
        {"<", OPERATOR_LESS, bound_parse},
    };

    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (p->token == TOKEN_END || !streq(p->word, operators[i].text))
            continue;
        r->op = operators[i].op;
        if (token_next(p, err) < 0)
            return -1;
        return operators[i].parse(p, r, err);
    }
    return selector_error(p, err, "expected in, notin, =, ==, !=, > or <");
}

static int requirement_parse(struct selector_parser *p, struct requirement *r, struct error **err)
{
    bool negated = token_is(p, "!");

    if (negated && token_next(p, err) < 0)
        return -1;
    if (p->token != TOKEN_WORD)
        return selector_error(p, err, "expected a key");
    if (!key_is_valid(p->word))
        return selector_error(p, err, "a key is not a valid label key");
    r->key = xstrdup(p->word);
    r->op = negated ? OPERATOR_ABSENT : OPERATOR_EXISTS;
    if (token_next(p, err) < 0)
        return -1;
    if (!negated && !token_ends_requirement(p) && operator_parse(p, r, err) < 0)
        return -1;
    if (!token_ends_requirement(p))
        return selector_error(p, err, "expected a comma or the end");
    return 0;
}

int label_selector_parse(const char *text, struct label_selector **out, struct error **err)
{
    cleanup_label_selector struct label_selector *s = xcalloc(1, sizeof(*s));
    struct selector_parser p = {.text = text, .at = text};

    if (token_next(&p, err) < 0)
        return -1;
    while (p.token != TOKEN_END) {
        s->items = xrealloc(s->items, (s->len + 1) * sizeof(*s->items));
        s->items[s->len++] = (struct requirement){0};
        if (requirement_parse(&p, &s->items[s->len - 1], err) < 0)
            return -1;
        if (p.token == TOKEN_END)
            break;
        if (token_next(&p, err) < 0)
            return -1;
        if (p.token == TOKEN_END)
            return selector_error(&p, err, "expected a key behind the comma");
    }
    *out = TAKE(s);
    return 0;
}

void label_selector_free(struct label_selector *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->len; i++) {
        free(s->items[i].key);
        strvec_clear(&s->items[i].values);
    }
    free(s->items);
    free(s);
}

static bool requirement_matches(const struct requirement *r, const char *value)
{
    char *end;
    long long number;

    switch (r->op) {
    case OPERATOR_EXISTS: return value != NULL;
    case OPERATOR_ABSENT: return value == NULL;
    case OPERATOR_IN: return value && strvec_has(&r->values, value);
    case OPERATOR_NOT_IN: return !value || !strvec_has(&r->values, value);
    case OPERATOR_GREATER:
    case OPERATOR_LESS: break;
    }
    if (!value || *value == '\0' || is_space(*value))
        return false;
    errno = 0;
    number = strtoll(value, &end, 10);
    if (errno || *end)
        return false;
    return r->op == OPERATOR_GREATER ? number > r->bound : number < r->bound;
}

bool label_selector_matches(const struct label_selector *s, const json_t *labels)
{
    for (size_t i = 0; i < s->len; i++) {
        const char *value = json_string_value(json_object_get(labels, s->items[i].key));

        if (!requirement_matches(&s->items[i], value))
            return false;
    }
    return true;
}
