/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options/options_file.h"

#include "lib/base/buf.h"
#include "lib/doc/yaml.h"

#include <errno.h>
#include <stdio.h>

#define MAX_BYTES ((size_t)1 << 20)

static int read_file(const char *path, struct buf *text, struct error **err)
{
    char chunk[4096];
    size_t len;
    int result = 0;
    FILE *f = fopen(path, "re");

    if (!f)
        return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_DENIED,
                         "configuration file %s: %s", path, strerror(errno));
    while (result == 0 && (len = fread(chunk, 1, sizeof(chunk), f)) > 0)
        result = buf_append(text, chunk, len, err);
    if (result == 0 && ferror(f))
        result = error_set(err, ERROR_DENIED, "cannot be read");
    fclose(f);
    return result < 0 ? error_wrap(err, "configuration file %s", path) : 0;
}

/* The line on which a key of the outermost mapping stands. It is flat, so that no parser is needed
 * for that. */
static int line_of(const char *text, const char *key)
{
    size_t len = strlen(key);
    int line = 1;

    for (const char *at = text; at; line++) {
        const char *word = at + (*at == '"' || *at == '\'');

        if (strncmp(word, key, len) == 0 && strchr(":\"' ", word[len]) && word[len])
            return line;
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return 1;
}

/* NULL: it is no scalar. Heap string. */
static char *scalar_text(const json_t *value)
{
    if (json_is_string(value))
        return xstrdup(json_string_value(value));
    if (json_is_object(value) || json_is_array(value))
        return NULL;
    return json_dumps(value, JSON_ENCODE_ANY);
}

static int add_text(struct option_value *out, const json_t *value, struct error **err)
{
    char *text = scalar_text(value);

    if (!text)
        return error_set(err, ERROR_INVALID, "must be a single value, such as a text or a number");
    strvec_take(&out->texts, text);
    return 0;
}

static int take_value(const struct option_def *def, struct option_value *out, json_t *value,
                      struct error **err)
{
    json_t *item;
    size_t i;

    if (def->kind != OPTION_LIST || !json_is_array(value))
        return add_text(out, value, err);
    json_array_foreach (value, i, item) {
        if (add_text(out, item, err) < 0)
            return -1;
    }
    return 0;
}

static int take_key(const char *path, const char *text, const char *key, json_t *value,
                    struct option_value *values, struct error **err)
{
    int index = option_find(key);
    int line = line_of(text, key);
    cleanup_free char *hint = NULL;
    struct option_value *out;

    if (index < 0) {
        hint = option_suggestion(key, "");
        return error_set(err, ERROR_INVALID, "%s:%d: unknown setting \"%s\"%s", path, line, key,
                         hint);
    }
    if (option_table[index].flag_only)
        return error_set(err, ERROR_INVALID, "%s:%d: %s can be said on the command line only", path,
                         line, key);
    out = &values[index];
    if (out->place || json_is_null(value))
        return 0;
    out->place = xasprintf("%s:%d: %s", path, line, key);
    return take_value(&option_table[index], out, value, err) < 0 ? error_wrap(err, "%s", out->place)
                                                                 : 0;
}

int options_file_load(const char *path, struct option_value *values, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(MAX_BYTES);
    cleanup_json json_t *docs = NULL;
    json_t *value;
    const char *key;
    int result = 0;

    if (read_file(path, &text, err) < 0 ||
        yaml_parse(path, text.data, text.len, YAML_KUSTOMIZE, &docs, err) < 0)
        return -1;
    if (json_array_size(docs) > 1)
        return error_set(err, ERROR_INVALID, "%s: has %zu YAML documents; one is expected", path,
                         json_array_size(docs));
    if (json_array_size(docs) && !json_is_object(json_array_get(docs, 0)) &&
        !json_is_null(json_array_get(docs, 0)))
        return error_set(err, ERROR_INVALID,
                         "%s:1: must be a mapping from settings to their values, such as "
                         "poll-interval: 10s",
                         path);
    json_object_foreach (json_array_get(docs, 0), key, value) {
        struct error *problem = NULL;

        if (take_key(path, text.data, key, value, values, &problem) < 0)
            result = error_add(err, &problem);
    }
    return result;
}
