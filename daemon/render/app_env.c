/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/render/app_env.h"

#include "lib/base/buf.h"

#define SPECIAL "*#$@!?-0123456789"
#define NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static bool is(const char *name, size_t len, const char *what)
{
    return strlen(what) == len && strncmp(name, what, len) == 0;
}

static void put_start(struct buf *out, const char *text, size_t max)
{
    buf_put(out, text, strnlen(text, max));
}

static void put_value(const struct app_env *env, const char *name, size_t len, struct buf *out,
                      bool *used_revision)
{
    const struct {
        const char *name, *value;
    } plain[] = {
        {"ARGOCD_APP_NAME", env->name},
        {"ARGOCD_APP_NAMESPACE", env->namespace},
        {"ARGOCD_APP_PROJECT_NAME", env->project},
        {"ARGOCD_APP_SOURCE_REPO_URL", env->repo_url},
        {"ARGOCD_APP_SOURCE_PATH", env->path},
        {"ARGOCD_APP_SOURCE_TARGET_REVISION", env->target_revision},
        {"$", "$"},
    };
    static const struct {
        const char *name;
        size_t len;
    } revisions[] = {{"ARGOCD_APP_REVISION", SIZE_MAX},
                     {"ARGOCD_APP_REVISION_SHORT", 7},
                     {"ARGOCD_APP_REVISION_SHORT_8", 8}};

    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (is(name, len, plain[i].name))
            buf_puts(out, plain[i].value);
    for (size_t i = 0; i < ARRAY_LEN(revisions); i++)
        if (is(name, len, revisions[i].name)) {
            put_start(out, env->revision, revisions[i].len);
            *used_revision = true;
        }
}

/* The name at `s`, behind a dollar sign. Returns how much text it takes; 0: there is none. */
static size_t take_name(const char *s, const char **name, size_t *len)
{
    const char *end;

    *name = s;
    *len = 0;
    if (*s == '{') {
        end = strchr(s, '}');
        *name = s + 1;
        if (!end)
            return 1; /* bad syntax: the brace is eaten */
        *len = (size_t)(end - s - 1);
        return *len + 2;
    }
    if (*s && strchr(SPECIAL, *s))
        *len = 1;
    else
        *len = strspn(s, NAME_BYTES);
    return *len;
}

char *app_env_expand(const struct app_env *env, const char *text, bool *used_revision)
{
    struct buf out = BUF_UNLIMITED;

    while (*text) {
        size_t plain = strcspn(text, "$");
        const char *name;
        size_t len, taken;

        put_start(&out, text, plain);
        text += plain;
        if (!*text)
            break;
        taken = take_name(++text, &name, &len);
        if (!taken)
            buf_puts(&out, "$");
        put_value(env, name, len, &out, used_revision);
        text += taken;
    }
    return buf_take(&out);
}
