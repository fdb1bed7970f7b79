/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/scalar.h"
#include "lib/doc/yaml_events.h"

/* Numbers as they come from YAML: a whole one is an integer. */
static void whole_numbers(json_t *container)
{
    const char *key;
    size_t i;
    json_t *value;

    json_object_foreach (container, key, value) {
        whole_numbers(value);
        if (json_is_real(value))
            json_object_set_new(container, key, scalar_number(json_real_value(value)));
    }
    json_array_foreach (container, i, value) {
        whole_numbers(value);
        if (json_is_real(value))
            json_array_set_new(container, i, scalar_number(json_real_value(value)));
    }
}

/* JSON has one escape that YAML refuses: a character as a pair of surrogates. */
static json_t *parse_as_json(const char *text, size_t len)
{
    cleanup_json json_t *docs = NULL;
    size_t start = 0;
    json_t *doc;

    while (start < len && strchr(" \t\r\n", text[start]) && text[start])
        start++;
    if (start == len || (text[start] != '{' && text[start] != '[') || !memmem(text, len, "\\u", 2))
        return NULL;
    doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (!doc)
        return NULL;
    whole_numbers(doc);
    docs = json_array();
    json_array_append_new(docs, doc);
    return TAKE(docs);
}

static size_t count_lines(const char *text, size_t len)
{
    size_t lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

/* The first `done` bytes are in `docs` already, which this takes. */
static int parse(const char *name, const char *text, size_t len, size_t done,
                 const struct yaml_reading *how, json_t *docs, json_t **out, struct error **err)
{
    cleanup_json json_t *all = docs;
    cleanup_error struct error *problem = NULL;
    struct reader r = {
        .name = name,
        .text = text + done,
        .len = len - done,
        .line = count_lines(text, done),
        .how = *how,
        .err = &problem,
    };
    json_t *json;

    if (reader_run(&r, docs) == 0) {
        *out = TAKE(all);
        return 0;
    }
    json = parse_as_json(text, len);
    if (!json) {
        *err = TAKE(problem);
        return -1;
    }
    *out = json;
    return 0;
}

int yaml_parse_events(const char *name, const char *text, size_t len,
                      const struct yaml_reading *how, json_t **out, struct error **err)
{
    return parse(name, text, len, 0, how, json_array(), out, err);
}

int yaml_parse_quickly(const char *name, const char *text, size_t len,
                       const struct yaml_reading *how, json_t **out, struct error **err)
{
    json_t *docs = json_array();
    size_t done = yaml_block_read(text, len, how, docs);

    if (done < len)
        return parse(name, text, len, done, how, docs, out, err);
    *out = docs;
    return 0;
}

int yaml_parse(const char *name, const char *text, size_t len, enum yaml_dialect dialect,
               json_t **out, struct error **err)
{
    return yaml_parse_quickly(name, text, len, &(struct yaml_reading){.dialect = dialect}, out,
                              err);
}

int yaml_parse_last_wins(const char *name, const char *text, size_t len, enum yaml_dialect dialect,
                         json_t **out, struct error **err)
{
    return yaml_parse_quickly(
        name, text, len, &(struct yaml_reading){.dialect = dialect, .last_wins = true}, out, err);
}

int yaml_parse_spelled(const char *name, const char *text, size_t len, json_t **out,
                       struct error **err)
{
    return yaml_parse_quickly(name, text, len,
                              &(struct yaml_reading){.dialect = YAML_KUSTOMIZE, .spelled = true},
                              out, err);
}
