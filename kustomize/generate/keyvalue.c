/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/keyvalue.h"

#include "kustomize/generate/utf8.h"
#include "lib/tree/tree.h"

/* Where kustomize's reader stops: it leaves out this line and all behind it. */
#define ENV_LINE_MAX_BYTES (64u << 10)

void keyvalue_sources_clear(struct keyvalue_sources *s)
{
    strvec_clear(&s->files);
    strvec_clear(&s->envs);
    strvec_clear(&s->literals);
}

void keyvalues_clear(struct keyvalues *kv)
{
    for (size_t i = 0; i < kv->len; i++) {
        free(kv->items[i].key);
        free(kv->items[i].value);
    }
    free(kv->items);
    *kv = (struct keyvalues){0};
}

static void keyvalues_add(struct keyvalues *kv, const char *key, size_t key_len, const char *value,
                          size_t len)
{
    char *copy = xmalloc(len + 1);

    memcpy(copy, value, len);
    copy[len] = '\0';
    if (kv->len == kv->cap) {
        kv->cap = kv->cap ? kv->cap * 2 : 8;
        kv->items = xrealloc(kv->items, kv->cap * sizeof(*kv->items));
    }
    kv->items[kv->len++] = (struct keyvalue){xstrndup(key, key_len), copy, len};
}

/* One line of an env file: KEY=value, or KEY alone for an empty value. Blank lines and comments
 * are skipped. Only white space in front of the key is dropped. Messages name no value. */
static int env_line_add(struct keyvalues *kv, const char *path, size_t number, const char *line,
                        size_t len, struct error **err)
{
    const char *equals;
    size_t skip, key_len;

    if (!utf8_is_valid(line, len))
        return error_set(err, ERROR_INVALID, "%s:%zu: is not UTF-8", path, number);
    if (number == 1 && len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3;
        len -= 3;
    }
    while ((skip = utf8_space_len(line, len)) > 0) {
        line += skip;
        len -= skip;
    }
    if (len == 0 || line[0] == '#')
        return 0;
    equals = memchr(line, '=', len);
    key_len = equals ? (size_t)(equals - line) : len;
    if (memchr(line, '\0', key_len))
        return error_set(err, ERROR_INVALID, "%s:%zu: the key has a NUL byte", path, number);
    if (key_len == 0)
        return 0; /* "=value" counts as a blank line */
    keyvalues_add(kv, line, key_len, equals ? equals + 1 : "", equals ? len - key_len - 1 : 0);
    return 0;
}

static int env_file_load(struct keyvalues *kv, const char *path, keyvalue_read_fn *read, void *arg,
                         struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(KEYVALUE_FILE_MAX_BYTES);
    const char *line, *end;
    size_t number = 1;

    if (read(arg, path, &text, err) < 0)
        return -1;
    end = text.data + text.len;
    for (line = text.data; line < end; number++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((newline ? newline : end) - line);

        if (len >= ENV_LINE_MAX_BYTES)
            return 0;
        if (env_line_add(kv, path, number, line, len > 0 && line[len - 1] == '\r' ? len - 1 : len,
                         err) < 0)
            return -1;
        line += len + (newline ? 1 : 0);
    }
    return 0;
}

static int literal_add(struct keyvalues *kv, size_t index, const char *literal, struct error **err)
{
    const char *equals = strchr(literal, '=');
    const char *value;
    size_t len;

    /* Without a key all of it may be the value, so none of it is shown. */
    if (!equals || equals == literal)
        return error_set(err, ERROR_INVALID, "literals[%zu]: expected key=value", index);
    value = equals + 1;
    len = strlen(value);
    if (len >= 2 && (value[0] == '"' || value[0] == '\'') && value[len - 1] == value[0]) {
        value++;
        len -= 2;
    }
    keyvalues_add(kv, literal, (size_t)(equals - literal), value, len);
    return 0;
}

static int file_add(struct keyvalues *kv, const char *source, keyvalue_read_fn *read, void *arg,
                    struct error **err)
{
    cleanup_buf struct buf content = BUF_INIT(KEYVALUE_FILE_MAX_BYTES);
    const char *equals = strchr(source, '=');
    const char *path = equals ? equals + 1 : source;
    const char *key = equals ? source : path_base(source);
    size_t key_len = equals ? (size_t)(equals - source) : strlen(key);

    if (equals && equals == source)
        return error_set(err, ERROR_INVALID,
                         "files: \"%s\": there is no key in front of =", source);
    if (equals && strchr(path, '='))
        return error_set(err, ERROR_INVALID, "files: \"%s\": key or path contains =", source);
    if (*path == '\0')
        return error_set(err, ERROR_INVALID, "files: \"%s\": there is no path", source);
    if (read(arg, path, &content, err) < 0)
        return error_wrap(err, "files: \"%s\"", source);
    keyvalues_add(kv, key, key_len, content.data, content.len);
    return 0;
}

int keyvalues_load(struct keyvalues *kv, const struct keyvalue_sources *sources,
                   keyvalue_read_fn *read, void *arg, struct error **err)
{
    for (size_t i = 0; i < sources->envs.len; i++)
        if (env_file_load(kv, sources->envs.items[i], read, arg, err) < 0)
            return error_wrap(err, "envs");
    for (size_t i = 0; i < sources->literals.len; i++)
        if (literal_add(kv, i, sources->literals.items[i], err) < 0)
            return -1;
    for (size_t i = 0; i < sources->files.len; i++)
        if (file_add(kv, sources->files.items[i], read, arg, err) < 0)
            return -1;
    return 0;
}
