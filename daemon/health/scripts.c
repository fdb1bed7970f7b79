/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/health/scripts.h"

#include "lib/base/glob.h"

/* The name as it stands in argocd-cm: settings keep kinds of the core group as "/KIND". */
static const char *name_of(const char *kept)
{
    if (streq(kept, "all"))
        return "*/*";
    return *kept == '/' ? kept + 1 : kept;
}

static bool is_glob(const char *name)
{
    return strpbrk(name, "*?[{\\") != NULL;
}

static size_t count_literals(const char *name)
{
    size_t count = 0;

    for (; *name; name++)
        count += !strchr("*?[]{}\\", *name);
    return count;
}

static bool is_better(const char *name, const char *than)
{
    size_t literals = count_literals(name);
    size_t others = count_literals(than);

    return literals != others ? literals > others : strcmp(name, than) < 0;
}

static const char *find_glob(const json_t *scripts, const char *object_name)
{
    const char *best = NULL;
    const char *kept;
    json_t *text;

    json_object_foreach ((json_t *)scripts, kept, text) {
        const char *name = name_of(kept);

        if (json_string_length(text) && is_glob(name) && glob_match(name, object_name, 0) &&
            (!best || is_better(name, name_of(best))))
            best = kept;
    }
    return best;
}

struct health_script health_script_find(const struct settings *s, const char *group,
                                        const char *kind)
{
    cleanup_free char *kept = NULL;
    const json_t *scripts;
    const char *name;

    if (!s || !json_object_size(s->health_scripts))
        return (struct health_script){0};
    scripts = s->health_scripts;
    kept = xasprintf("%s/%s", group, kind);
    name = json_string_length(json_object_get(scripts, kept)) ? kept
                                                              : find_glob(scripts, name_of(kept));
    if (!name)
        return (struct health_script){0};
    return (struct health_script){
        .text = json_string_value(json_object_get(scripts, name)),
        .open_libs = json_is_true(json_object_get(s->health_open_libs, name)),
    };
}

bool health_script_equal(const struct health_script *a, const struct health_script *b)
{
    return streq(a->text, b->text) && a->open_libs == b->open_libs;
}
