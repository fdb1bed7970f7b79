/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings/settings_kustomize.h"

#include "lib/base/vec.h"

static int read_restrictor(const char *value, struct settings_kustomize *out, struct error **err)
{
    if (streq(value, "LoadRestrictionsNone") || streq(value, "none"))
        out->restrictor = KUSTOMIZE_RESTRICT_NONE;
    else if (streq(value, "LoadRestrictionsRootOnly") || streq(value, "rootOnly"))
        out->restrictor = KUSTOMIZE_ROOT_ONLY;
    else
        return error_set(err, ERROR_INVALID,
                         "--load-restrictor is \"%s\", should be LoadRestrictionsNone or "
                         "LoadRestrictionsRootOnly",
                         value);
    return 0;
}

static int read_reorder(const char *value, struct settings_kustomize *out, struct error **err)
{
    if (streq(value, "none"))
        out->reorder = KUSTOMIZE_REORDER_NONE;
    else if (streq(value, "legacy"))
        out->reorder = KUSTOMIZE_REORDER_LEGACY;
    else
        return error_set(err, ERROR_INVALID, "--reorder is \"%s\", should be legacy or none",
                         value);
    return 0;
}

/* It permits what a kustomization may ask for: where one does, the build refuses that by name. */
static int read_nothing(const char *value, struct settings_kustomize *out, struct error **err)
{
    (void)value, (void)out, (void)err;
    return 0;
}

static const struct build_option {
    const char *name;
    bool has_value;
    int (*read)(const char *value, struct settings_kustomize *out, struct error **err);
} build_options[] = {
    {"--load-restrictor", true, read_restrictor},
    {"--load_restrictor", true, read_restrictor},
    {"--reorder", true, read_reorder},
    {"--enable-helm", false, read_nothing},
    {"--helm-command", true, read_nothing},
    {"--helm-api-versions", true, read_nothing},
    {"--helm-kube-version", true, read_nothing},
    {"--helm-debug", false, read_nothing},
    {"--enable-alpha-plugins", false, read_nothing},
    {"--enable-exec", false, read_nothing},
    {"--enable-star", false, read_nothing},
};

static const struct build_option *find_option(const char *word, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(build_options); i++)
        if (strlen(build_options[i].name) == len && !strncmp(build_options[i].name, word, len))
            return &build_options[i];
    return NULL;
}

static void split(const char *text, struct strvec *words)
{
    while (*(text += strspn(text, " \t\r\n"))) {
        size_t len = strcspn(text, " \t\r\n");

        strvec_take(words, xstrndup(text, len));
        text += len;
    }
}

/* `*i` is the word of the option, and becomes that of its value. */
static int read_option(const struct strvec *words, size_t *i, struct settings_kustomize *out,
                       struct error **err)
{
    const char *word = words->items[*i];
    size_t len = strcspn(word, "=");
    const struct build_option *option = find_option(word, len);
    const char *value = word[len] ? word + len + 1 : NULL;

    if (!option)
        return error_set(err, ERROR_UNSUPPORTED, "the option \"%.*s\" is not supported; remove it",
                         (int)len, word);
    if (option->has_value && !value && ++*i == words->len)
        return error_set(err, ERROR_INVALID, "%s needs a value", option->name);
    if (option->has_value && !value)
        value = words->items[*i];
    if (!option->has_value && value && !streq(value, "true"))
        return error_set(err, ERROR_UNSUPPORTED, "\"%s\" is not supported; remove it", word);
    return option->read(value, out, err);
}

int settings_kustomize_read(const char *text, struct settings_kustomize *out, struct error **err)
{
    cleanup_strvec struct strvec words = {0};
    struct settings_kustomize result = {0};

    split(text, &words);
    for (size_t i = 0; i < words.len; i++)
        if (read_option(&words, &i, &result, err) < 0)
            return -1;
    *out = result;
    return 0;
}
