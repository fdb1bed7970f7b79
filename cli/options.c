/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "lib/base/suggest.h"
#include "lib/base/time.h"

#include <assert.h>

struct option_given {
    const struct option_spec *spec;
    const char *value; /* of a flag "true" or "false" */
};

/* ---- what there is ---- */

/* `it` starts at {0, 0}. NULL: there are no more. */
struct place {
    size_t table, row;
};

static const struct option_spec *next_spec(const struct options *o, struct place *it)
{
    while (it->table < OPTIONS_MAX_TABLES && o->tables[it->table]) {
        const struct option_spec *spec = &o->tables[it->table][it->row];

        if (spec->name) {
            it->row++;
            return spec;
        }
        *it = (struct place){.table = it->table + 1};
    }
    return NULL;
}

static const struct option_spec *find_name(const struct options *o, const char *name, size_t len)
{
    const struct option_spec *spec;
    struct place it = {0};

    while ((spec = next_spec(o, &it)))
        if (strlen(spec->name) == len && memcmp(spec->name, name, len) == 0)
            return spec;
    return NULL;
}

static const struct option_spec *find_letter(const struct options *o, char letter)
{
    const struct option_spec *spec;
    struct place it = {0};

    while ((spec = next_spec(o, &it)))
        if (spec->letter == letter)
            return spec;
    return NULL;
}

static int refuse_name(const struct options *o, const char *name, size_t len, struct error **err)
{
    cleanup_free char *word = xstrndup(name, len);
    cleanup_free char *hint = NULL;
    struct suggestion s = {.word = word};
    const struct option_spec *spec;
    struct place it = {0};

    while ((spec = next_spec(o, &it)))
        if (spec->help)
            suggestion_consider(&s, spec->name);
    hint = suggestion_text(&s, "--");
    return error_set(err, ERROR_INVALID, "unknown option --%s%s", word, hint);
}

/* ---- values ---- */

/* One of "a|b|c=X"; the last stands for all that begins with "c=". */
static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);

    for (const char *at = choices;; at++) {
        size_t n = strcspn(at, "|");
        size_t fixed = strcspn(at, "|=");

        if (n == len && memcmp(at, value, n) == 0)
            return true;
        if (at[fixed] == '=' && strncmp(at, value, fixed + 1) == 0)
            return true;
        at += n;
        if (!*at)
            return false;
    }
}

static int check_value(const struct option_spec *spec, const char *value, struct error **err)
{
    uint64_t ignored;

    if (!spec->value && !streq(value, "true") && !streq(value, "false"))
        return error_set(err, ERROR_INVALID, "--%s takes no value, but true or false: %s",
                         spec->name, value);
    if (spec->value && strchr(spec->value, '|') && !is_choice(spec->value, value))
        return error_set(err, ERROR_INVALID, "--%s %s: must be one of %s", spec->name, value,
                         spec->value);
    if (streq(spec->value, "DURATION") && duration_parse(value, &ignored, err) < 0)
        return error_wrap(err, "--%s", spec->name);
    return 0;
}

static int give(struct options *o, const struct option_spec *spec, const char *value,
                struct error **err)
{
    struct option_given *given;

    if (check_value(spec, value, err) < 0)
        return -1;
    given = xcalloc(1, sizeof(*given));
    *given = (struct option_given){.spec = spec, .value = value};
    ptrvec_push(&o->given, given);
    return 0;
}

/* ---- the command line ---- */

static int parse_long(struct options *o, const char *text, char *const **next, struct error **err)
{
    size_t len = strcspn(text, "=");
    const struct option_spec *spec = find_name(o, text, len);

    if (!spec)
        return refuse_name(o, text, len, err);
    if (text[len])
        return give(o, spec, text + len + 1, err);
    if (!spec->value)
        return give(o, spec, "true", err);
    if (!**next)
        return error_set(err, ERROR_INVALID, "--%s: its value is missing: %s", spec->name,
                         spec->value);
    return give(o, spec, *(*next)++, err);
}

static int parse_letters(struct options *o, const char *text, char *const **next,
                         struct error **err)
{
    for (; *text; text++) {
        const struct option_spec *spec = find_letter(o, *text);

        if (!spec)
            return error_set(err, ERROR_INVALID, "unknown option -%c", *text);
        if (spec->value && text[1])
            return give(o, spec, text + 1 + (text[1] == '='), err);
        if (spec->value && !**next)
            return error_set(err, ERROR_INVALID, "-%c: its value is missing: %s", *text,
                             spec->value);
        if (give(o, spec, spec->value ? *(*next)++ : "true", err) < 0)
            return -1;
    }
    return 0;
}

int options_parse(struct options *o, char *const *argv, struct error **err)
{
    while (*argv) {
        char *arg = *argv++;
        int result = 0;

        if (streq(arg, "--"))
            break;
        if (str_has_prefix(arg, "--"))
            result = parse_long(o, arg + 2, &argv, err);
        else if (arg[0] == '-' && arg[1])
            result = parse_letters(o, arg + 1, &argv, err);
        else
            ptrvec_push(&o->arguments, arg);
        if (result < 0)
            return -1;
    }
    while (*argv)
        ptrvec_push(&o->arguments, *argv++);
    return 0;
}

void options_clear(struct options *o)
{
    for (size_t i = 0; i < o->given.len; i++)
        free(o->given.items[i]);
    ptrvec_clear(&o->given);
    ptrvec_clear(&o->arguments);
}

/* ---- asking ---- */

const char *options_text(const struct options *o, const char *name)
{
    const struct option_spec *spec = find_name(o, name, strlen(name));
    const char *value = NULL;

    assert(spec);
    for (size_t i = 0; i < o->given.len; i++) {
        const struct option_given *given = o->given.items[i];

        if (given->spec == spec)
            value = given->value;
    }
    return value;
}

bool options_has(const struct options *o, const char *name)
{
    const char *value = options_text(o, name);

    return value && (find_name(o, name, strlen(name))->value || streq(value, "true"));
}

void options_list(const struct options *o, const char *name, struct strvec *values)
{
    const struct option_spec *spec = find_name(o, name, strlen(name));

    assert(spec);
    for (size_t i = 0; i < o->given.len; i++) {
        const struct option_given *given = o->given.items[i];

        if (given->spec == spec)
            strvec_push(values, given->value);
    }
}

uint64_t options_duration_ms(const struct options *o, const char *name, uint64_t otherwise)
{
    const char *text = options_text(o, name);
    cleanup_error struct error *ignored = NULL; /* it was checked when it was read */
    uint64_t ms = otherwise;

    if (text)
        duration_parse(text, &ms, &ignored);
    return ms;
}

const char *options_argument(const struct options *o, size_t i)
{
    return i < o->arguments.len ? o->arguments.items[i] : NULL;
}
