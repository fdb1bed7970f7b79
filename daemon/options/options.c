/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options/options.h"

#include "daemon/options/options_file.h"
#include "daemon/options/options_table.h"
#include "lib/base/time.h"

#include <getopt.h>
#include <unistd.h>

static void *field_of(struct options *options, const struct option_def *def)
{
    return (char *)options + def->offset;
}

static void value_clear(struct option_value *value)
{
    strvec_clear(&value->texts);
    free(TAKE(value->place));
}

/* ---- the command line ---- */

/* `opt` is getopt's optopt: a letter, one of our numbers, or 0 for an unknown long option. */
static int refuse_option(const char *word, int opt, struct error **err)
{
    cleanup_free char *name = NULL;
    cleanup_free char *hint = NULL;

    if (opt > ' ' && opt < 128)
        return error_set(err, ERROR_INVALID, "unknown option -%c; see gitopsd --help", opt);
    if (opt)
        return error_set(err, ERROR_INVALID, "%.*s takes no value; see gitopsd --help",
                         (int)strcspn(word, "="), word);
    name = xstrndup(word, strcspn(word, "="));
    hint = option_suggestion(name + strspn(name, "-"), "--");
    return error_set(err, ERROR_INVALID, "unknown option %s%s", name,
                     *hint ? hint : "; see gitopsd --help");
}

static void take_flag(struct options *out, size_t index, const char *text)
{
    const struct option_def *def = &option_table[index];
    struct option_value *value = &out->values[index];

    if (def->kind == OPTION_SWITCH) {
        *(bool *)field_of(out, def) = true;
        return;
    }
    if (def->kind != OPTION_LIST)
        strvec_clear(&value->texts); /* the last one counts */
    strvec_push(&value->texts, text);
    if (!value->place)
        value->place = xasprintf("--%s", def->name);
}

#define FIRST_OPTION 256 /* above all letters */

static int argument_of(enum option_kind kind)
{
    switch (kind) {
    case OPTION_SWITCH: return no_argument;
    case OPTION_BOOL: return optional_argument;
    default: return required_argument;
    }
}

static void make_long_options(struct option *out)
{
    for (size_t i = 0; i < option_count; i++)
        out[i] = (struct option){option_table[i].name, argument_of(option_table[i].kind), NULL,
                                 FIRST_OPTION + (int)i};
}

static int read_flags(int argc, char **argv, struct options *out, struct error **err)
{
    struct option table[OPTIONS_MAX + 1] = {0};
    int c;

    make_long_options(table);
    opterr = 0;
    optind = 0;
    while ((c = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
        if (c == 'h')
            out->help = true;
        else if (c == ':')
            return error_set(err, ERROR_INVALID, "%s needs a value; see gitopsd --help",
                             argv[optind - 1]);
        else if (c < FIRST_OPTION)
            return refuse_option(argv[optind - 1], optopt, err);
        else
            take_flag(out, (size_t)(c - FIRST_OPTION), optarg ? optarg : "true");
    }
    if (optind < argc)
        return error_set(err, ERROR_INVALID,
                         "unexpected argument \"%s\"; Applications are given with --app",
                         argv[optind]);
    return 0;
}

/* ---- the environment and the file ---- */

/* A list is separated by commas. */
static void take_variable(const struct option_def *def, struct option_value *value)
{
    cleanup_free char *name = option_variable(def);
    const char *text = getenv(name);

    if (!text || !*text || value->place || def->kind == OPTION_SWITCH)
        return;
    value->place = xstrdup(name);
    if (def->kind != OPTION_LIST) {
        strvec_push(&value->texts, text);
        return;
    }
    for (const char *at = text; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ","))
            strvec_take(&value->texts, xstrndup(at, strcspn(at, ",")));
}

static int read_file(struct options *out, struct error **err)
{
    const struct option_value *config = &out->values[option_find("config")];

    if (config->texts.len)
        return options_file_load(config->texts.items[0], out->values, err);
    if (access(OPTIONS_FILE, F_OK) < 0)
        return 0;
    strvec_push(&out->values[option_find("config")].texts, OPTIONS_FILE);
    return options_file_load(OPTIONS_FILE, out->values, err);
}

/* ---- values ---- */

static char *default_state_dir(void)
{
    const char *systemd = getenv("STATE_DIRECTORY");
    const char *home = getenv("HOME");
    const char *cache = getenv("XDG_CACHE_HOME");

    if (systemd && *systemd)
        return xstrdup(systemd);
    if (geteuid() == 0)
        return xstrdup("/var/lib/gitopsd");
    if (cache && *cache)
        return xasprintf("%s/gitopsd/state", cache);
    return xasprintf("%s/.cache/gitopsd/state", home && *home ? home : "/tmp");
}

static void take_defaults(struct options *out)
{
    struct option_value *state_dir = &out->values[option_find("state-dir")];

    for (size_t i = 0; i < option_count; i++)
        if (!out->values[i].place && option_table[i].fallback)
            strvec_push(&out->values[i].texts, option_table[i].fallback);
    if (!state_dir->texts.len)
        strvec_take(&state_dir->texts, default_state_dir());
}

static int read_duration(const struct option_def *def, const char *place, const char *text,
                         uint64_t *out, struct error **err)
{
    if (duration_parse(text, out, err) < 0)
        return error_wrap(err, "%s", place);
    if (*out < def->min)
        return error_set(err, ERROR_INVALID, "%s %s: at least %llu ms", place, text,
                         (unsigned long long)def->min);
    if (def->max && *out > def->max)
        return error_set(err, ERROR_INVALID, "%s %s: at most %llu ms", place, text,
                         (unsigned long long)def->max);
    return 0;
}

static int read_count(const struct option_def *def, const char *place, const char *text,
                      size_t *out, struct error **err)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || value > def->max)
        return error_set(err, ERROR_INVALID, "%s %s: must be a number from 0 to %llu", place, text,
                         (unsigned long long)def->max);
    *out = value;
    return 0;
}

static int read_bool(const char *place, const char *text, bool *out, struct error **err)
{
    if (!streq(text, "true") && !streq(text, "false"))
        return error_set(err, ERROR_INVALID, "%s %s: must be true or false", place, text);
    *out = streq(text, "true");
    return 0;
}

/* One text of an option; `place` is where it stands. */
static int read_text(struct options *out, const struct option_def *def, const char *place,
                     const char *text, struct error **err)
{
    void *field = field_of(out, def);

    switch (def->kind) {
    case OPTION_DURATION: return read_duration(def, place, text, field, err);
    case OPTION_COUNT: return read_count(def, place, text, field, err);
    case OPTION_BOOL: return read_bool(place, text, field, err);
    case OPTION_TEXT:
    case OPTION_LIST:
    case OPTION_WORD:
        if (def->read && def->read(out, text, err) < 0)
            return error_wrap(err, "%s %s", place, text);
        if (def->kind == OPTION_TEXT)
            *(const char **)field = text;
        else if (def->kind == OPTION_LIST)
            strvec_push(field, text);
        return 0;
    case OPTION_SWITCH: break;
    }
    UNREACHABLE();
}

static int read_values(struct options *out, struct error **err)
{
    int result = 0;

    for (size_t i = 0; i < option_count; i++) {
        const struct option_value *value = &out->values[i];

        for (size_t j = 0; j < value->texts.len; j++) {
            struct error *problem = NULL;

            if (read_text(out, &option_table[i], value->place ? value->place : "default",
                          value->texts.items[j], &problem) < 0)
                result = error_add(err, &problem);
        }
    }
    return result;
}

/* The leader must have stopped before others start, and needs a second try before that. */
static int check_lease(const struct options *o, struct error **err)
{
    if (o->lease_renew_deadline_ms >= o->lease_duration_ms)
        return error_set(
            err, ERROR_INVALID,
            "lease-renew-deadline (%llu ms) must be less than lease-duration (%llu ms)",
            (unsigned long long)o->lease_renew_deadline_ms,
            (unsigned long long)o->lease_duration_ms);
    if (o->lease_retry_ms * 2 > o->lease_renew_deadline_ms)
        return error_set(err, ERROR_INVALID,
                         "lease-retry-period (%llu ms) must be at most half of "
                         "lease-renew-deadline (%llu ms)",
                         (unsigned long long)o->lease_retry_ms,
                         (unsigned long long)o->lease_renew_deadline_ms);
    return 0;
}

static int check_together(const struct options *o, struct error **err)
{
    if (o->beside_argocd && o->apps.len)
        return error_set(err, ERROR_INVALID,
                         "--beside-argocd is about Applications in the cluster; without --app");
    return check_lease(o, err);
}

int options_parse(int argc, char **argv, struct options *out, struct error **err)
{
    struct error *problem = NULL;
    int result = 0;

    *out = (struct options){.argc = argc, .argv = argv};
    if (read_flags(argc, argv, out, err) < 0)
        return -1;
    if (out->help || out->version || out->example_config)
        return 0;
    for (size_t i = 0; i < option_count; i++)
        take_variable(&option_table[i], &out->values[i]);
    if (read_file(out, err) < 0)
        result = -1;
    take_defaults(out);
    if (read_values(out, &problem) < 0 || (result == 0 && check_together(out, &problem) < 0))
        result = error_add(err, &problem);
    return result;
}

void options_clear(struct options *options)
{
    strvec_clear(&options->apps);
    strvec_clear(&options->allow_remote);
    strvec_clear(&options->watch_namespaces);
    for (size_t i = 0; i < option_count; i++)
        value_clear(&options->values[i]);
    *options = (struct options){0};
}

bool options_elect(const struct options *o)
{
    return o->leader_elect == LEADER_ELECT_AUTO ? !o->apps.len : o->leader_elect == LEADER_ELECT_ON;
}

/* ---- reloading ---- */

static bool texts_equal(const struct strvec *a, const struct strvec *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (!streq(a->items[i], b->items[i]))
            return false;
    return true;
}

void options_reload(struct options *options, struct options *now, struct strvec *changed,
                    struct strvec *kept)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_def *def = &option_table[i];
        cleanup_error struct error *err = NULL;
        struct option_value former = options->values[i];

        if (texts_equal(&former.texts, &now->values[i].texts))
            continue;
        if (!def->reloads) {
            strvec_push(kept, def->name);
            continue;
        }
        strvec_push(changed, def->name);
        options->values[i] = now->values[i];
        now->values[i] = former;
        read_text(options, def, "", options->values[i].texts.items[0], &err); /* `now` read it */
    }
}
