/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/documents.h"

#include "kustomize/cell.h"

#include "kustomize/json_text.h"
#include "lib/doc/budget.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

void resources_free(struct ptrvec *resources)
{
    for (size_t i = 0; i < resources->len; i++)
        resource_free(resources->items[i]);
    ptrvec_clear(resources);
}

/* A scalar that says something; numbers and booleans are names, too. */
static bool has_text(const json_t *object, const char *field)
{
    const json_t *value = json_object_get(object, field);

    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_NULL:
    case JSON_OBJECT:
    case JSON_ARRAY: return false;
    case JSON_STRING: return *json_string_at(object, field);
    default: return true;
    }
}

int object_check(const json_t *object, struct error **err)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const json_t *kind = json_object_get(object, "kind");
    cleanup_free char *text = NULL;

    if (!json_is_object(object))
        return error_set(err, ERROR_INVALID, "expected an object, found %s",
                         json_is_array(object) ? "a list" : "a scalar");
    if (!has_text(object, "kind"))
        return error_set(err, ERROR_INVALID, "missing kind in object \"%s\"",
                         json_string_at(metadata, "name"));
    if (has_text(metadata, "name") || str_has_suffix(json_string_at(object, "kind"), "List"))
        return 0;
    text = json_scalar_text(kind);
    return error_set(err, ERROR_INVALID, "missing metadata.name in object of kind %s", text);
}

static bool is_empty(const json_t *doc)
{
    return json_is_null(doc) || (json_is_object(doc) && json_object_size(doc) == 0) ||
           (json_is_array(doc) && json_array_size(doc) == 0);
}

/* Append the checked items to the queue. */
static int queue_items(struct ptrvec *queue, const json_t *items, struct error **err)
{
    size_t i;
    json_t *item;

    json_array_foreach (items, i, item) {
        if (is_empty(item))
            continue;
        if (object_check(item, err) < 0)
            return -1;
        ptrvec_push(queue, item);
    }
    return 0;
}

/* A single document of kind List or ResourceList holds the documents. */
static int queue_documents(struct ptrvec *queue, const json_t *docs, struct error **err)
{
    const json_t *only = json_array_size(docs) == 1 ? json_array_get(docs, 0) : NULL;
    const char *kind = json_string_at(only, "kind");
    const json_t *items = json_object_get(only, "items");

    if (!streq(kind, "List") && !streq(kind, "ResourceList"))
        return queue_items(queue, docs, err);
    if (json_is_object(items))
        return error_set(err, ERROR_INVALID, "items of a %s must be a list", kind);
    if (items || json_object_get(only, "functionConfig"))
        return queue_items(queue, items, err);
    return queue_items(queue, docs, err);
}

/* A number in place of a name is read as its text, and stays a number in the output. So does the
 * null of an apiVersion, which is a version to kustomize. */
static void spell(json_t *object, const char *field)
{
    json_t *value = json_object_get(object, field);
    cleanup_free char *text = NULL;

    if (!value || json_is_string(value) || json_is_unwritten_null(value) ||
        (json_is_null(value) && !streq(field, "apiVersion")) || !(text = cell_text(value)))
        return;
    json_object_set_new(object, field, json_sprintf("%c%s", SPELLED_MARK, text));
}

/* Takes `object`. */
static void push_resource(struct ptrvec *out, const struct schemas *schemas, json_t *object,
                          bool is_item)
{
    json_t *metadata = json_object_get(object, "metadata");
    struct resource *r = resource_new(object, schemas);

    /* Items take kustomize's way through JSON, which forgets how they were written. */
    if (is_item)
        spelled_resolve_exact(object);
    spell(object, "apiVersion");
    spell(object, "kind");
    spell(metadata, "name");
    spell(metadata, "namespace");
    r->needs_hash = streq(json_string_at(resource_metadata_map(r, "annotations"),
                                         "internal.config.kubernetes.io/needsHashSuffix"),
                          "enabled");
    ptrvec_push(out, r);
}

int documents_resources(const json_t *docs, bool takes, const struct schemas *schemas,
                        struct ptrvec *out, struct error **err)
{
    cleanup_ptrvec struct ptrvec queue = {0};
    size_t documents;

    if (queue_documents(&queue, docs, err) < 0)
        return -1;
    documents = queue.len;
    for (size_t i = 0; i < queue.len; i++) {
        const json_t *object = queue.items[i];
        const json_t *items = json_object_get(object, "items");

        if (!str_has_suffix(json_string_at(object, "kind"), "List") || !items) {
            if (budget_spend_value(object, err) < 0)
                return -1;
            push_resource(out, schemas,
                          takes ? json_incref((json_t *)object) : json_deep_copy(object),
                          i >= documents);
            continue;
        }
        if (!json_is_array(items) && !json_is_null(items))
            return error_set(err, ERROR_INVALID, "items of a %s must be a list",
                             json_string_at(object, "kind"));
        if (queue_items(&queue, items, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- text ---- */

struct lines {
    const char *name;
    char *text;
    size_t number;
    bool is_ended;  /* behind "...": up to the next separator nothing is read */
    bool has_begun; /* the document has more than comments so far */
};

static int check_separator(struct lines *l, const char *line, struct error **err)
{
    const char *rest = line + 3 + strspn(line + 3, " \t\r");

    l->is_ended = false;
    l->has_begun = false;
    if (l->number == 1 || !line[strcspn(line, "\n")] || strchr("\n#", *rest))
        return 0;
    /* Its content is not shown: a Secret may stand there. */
    return error_set(
        err, ERROR_INVALID,
        "%s:%zu: invalid document separator \"%.*s\"; put what stands behind it on the "
        "next line",
        l->name, l->number, (int)strspn(line, "-"), line);
}

/* A mark of byte order may stand in front of each document; it moves to where it harms nothing. */
static void move_byte_order_mark(char *line, size_t start)
{
    if (start > 0 && str_has_prefix(line, "\xef\xbb\xbf") && line[-1] == '\n') {
        memset(line - 1, ' ', 3);
        line[2] = '\n';
    }
}

static int check_line(struct lines *l, char *line, size_t len, struct error **err)
{
    /* Nearly all lines: content behind content. */
    if (l->has_begun && !l->is_ended && *line != '-' && *line != '.')
        return 0;
    if (str_has_prefix(line, "---"))
        return check_separator(l, line, err);
    if (str_has_prefix(line, "...") && strchr(" \t\r\n", line[3]))
        l->is_ended = l->has_begun;
    if (l->is_ended) {
        memset(line, ' ', len);
        return 0;
    }
    if (!l->has_begun && *line == '%')
        return error_set(err, ERROR_INVALID,
                         "%s:%zu: kustomize reads no YAML directives; remove it", l->name,
                         l->number);
    if (!strchr("#\r\n", line[strspn(line, " \t")])) {
        if (!l->has_begun)
            move_byte_order_mark(line, (size_t)(line - l->text));
        l->has_begun = true;
    }
    return 0;
}

int documents_parse(const char *name, const char *text, size_t len, json_t **docs,
                    struct error **err)
{
    cleanup_free char *copy = xstrndup(text, len);
    struct lines l = {.name = name, .text = copy};

    /* With a NUL in it, or in UTF-16, there are no lines to look at. */
    if (strlen(copy) != len || !len || (unsigned char)*copy >= 0xfe)
        return yaml_parse_spelled(name, text, len, docs, err);
    for (char *line = copy; *line; line += *line == '\n') {
        size_t line_len = (size_t)(strchrnul(line, '\n') - line);

        l.number++;
        if (check_line(&l, line, line_len, err) < 0)
            return -1;
        line += line_len;
    }
    return yaml_parse_spelled(name, copy, len, docs, err);
}
