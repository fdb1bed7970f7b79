/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/glob.h"

/* Backtracking over several stars is exponential in theory; this bounds it in practice. */
#define GLOB_MAX_STEPS 100000

struct matcher {
    char separator;
    int steps;
};

/*
 * A pattern is matched with a stack of continuations: when an alternative of a {group} ends,
 * matching goes on behind the group.
 */
struct rest {
    const char *pattern; /* goes on here */
    const struct rest *next;
};

static bool match(struct matcher *m, const char *p, const char *s, const struct rest *rest);

/* The character behind one pattern element, with escapes and classes understood; NULL if broken. */
static const char *skip_class(const char *p)
{
    p++; /* '[' */
    if (*p == '!' || *p == '^')
        p++;
    if (*p == ']')
        p++;
    for (; *p && *p != ']'; p++)
        if (*p == '\\' && p[1])
            p++;
    return *p ? p + 1 : NULL;
}

/* From behind '{' or ',' to the ',' or '}' that ends this alternative; NULL if broken. */
static const char *skip_alternative(const char *p)
{
    int depth = 0;

    while (*p) {
        if (*p == '\\' && p[1]) {
            p += 2;
            continue;
        }
        if (*p == '[') {
            p = skip_class(p);
            if (!p)
                return NULL;
            continue;
        }
        if (depth == 0 && (*p == ',' || *p == '}'))
            return p;
        if (*p == '{')
            depth++;
        else if (*p == '}')
            depth--;
        p++;
    }
    return NULL;
}

static bool class_has(const char *p, char c)
{
    bool negated = false;
    bool found = false;
    bool first = true;

    p++;
    if (*p == '!' || *p == '^') {
        negated = true;
        p++;
    }
    for (; *p && (*p != ']' || first); first = false) {
        unsigned char low = (unsigned char)(*p == '\\' && p[1] ? *++p : *p);
        unsigned char high = low;

        p++;
        if (*p == '-' && p[1] && p[1] != ']') {
            p++;
            high = (unsigned char)(*p == '\\' && p[1] ? *++p : *p);
            p++;
        }
        if ((unsigned char)c >= low && (unsigned char)c <= high)
            found = true;
    }
    return found != negated;
}

static bool match_group(struct matcher *m, const char *p, const char *s, const struct rest *rest)
{
    const char *start = p + 1;
    const char *group_end = start;

    do {
        group_end = skip_alternative(group_end);
        if (!group_end)
            return false;
    } while (*group_end++ == ',');

    for (;;) {
        const char *end = skip_alternative(start);
        struct rest behind = {.pattern = group_end, .next = rest};
        cleanup_free char *alternative = xstrndup(start, (size_t)(end - start));

        if (match(m, alternative, s, &behind))
            return true;
        if (*end == '}')
            return false;
        start = end + 1;
    }
}

static bool match_star(struct matcher *m, const char *p, const char *s, const struct rest *rest)
{
    bool crosses = !m->separator || p[1] == '*';

    while (*p == '*')
        p++;
    for (;; s++) {
        if (match(m, p, s, rest))
            return true;
        if (!*s || (!crosses && *s == m->separator))
            return false;
    }
}

static bool match(struct matcher *m, const char *p, const char *s, const struct rest *rest)
{
    while (*p) {
        if (++m->steps > GLOB_MAX_STEPS)
            return false;
        switch (*p) {
        case '*': return match_star(m, p, s, rest);
        case '{': return match_group(m, p, s, rest);
        case '?':
            if (!*s || (m->separator && *s == m->separator))
                return false;
            p++;
            break;
        case '[':
            if (!*s || !skip_class(p) || !class_has(p, *s))
                return false;
            p = skip_class(p);
            break;
        default:
            if (*p == '\\' && p[1])
                p++;
            if (*p++ != *s)
                return false;
            break;
        }
        s++;
    }
    if (rest)
        return match(m, rest->pattern, s, rest->next);
    return !*s;
}

bool glob_match(const char *pattern, const char *s, char separator)
{
    struct matcher m = {.separator = separator};

    return match(&m, pattern, s, NULL);
}

int glob_check(const char *pattern, struct error **err)
{
    for (const char *p = pattern; *p;) {
        if (*p == '[') {
            const char *end = skip_class(p);

            if (!end)
                return error_set(err, ERROR_INVALID, "pattern \"%s\": '[' without ']'", pattern);
            p = end;
        } else if (*p == '{') {
            const char *end = p + 1;

            do {
                end = skip_alternative(end);
                if (!end)
                    return error_set(err, ERROR_INVALID, "pattern \"%s\": '{' without '}'",
                                     pattern);
            } while (*end++ == ',');
            p++;
        } else {
            p += *p == '\\' && p[1] ? 2 : 1;
        }
    }
    return 0;
}
