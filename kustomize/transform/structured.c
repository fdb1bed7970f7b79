/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/transform/structured.h"

#include "kustomize/cell.h"
#include "kustomize/field_text.h"
#include "kustomize/generate/hash.h"
#include "lib/doc/budget.h"
#include "lib/doc/spelling.h"

struct text {
    json_t *scalar; /* borrowed: where the text stands */
    char *content;
    struct field_text inside;
    size_t rest; /* the part of the path that is the first one inside */
};

static void text_clear(struct text *t)
{
    free(t->content);
    field_text_clear(&t->inside);
}
#define cleanup_text __attribute__((cleanup(text_clear)))

/* The first scalar on the path whose text is YAML (any JSON is). */
static bool find_text(json_t *root, const struct strvec *parts, struct text *t)
{
    for (size_t i = 1; i < parts->len; i++) {
        cleanup_error struct error *err = NULL;
        json_t *v = NULL;

        if (fieldpath_lookup_parts(root, parts->items, i, &v, &err) < 0 || !v ||
            json_is_object(v) || json_is_array(v))
            continue;
        free(t->content);
        t->content = cell_text(v);
        if (field_text_parse(&t->inside, t->content, &err) < 0)
            continue;
        t->scalar = v;
        t->rest = i;
        return field_text_root(&t->inside);
    }
    return false;
}

static void print_json(struct buf *out, const json_t *v, size_t depth, bool pretty)
{
    cleanup_strvec struct strvec keys = {0};
    bool is_map = json_is_object(v);
    size_t count = is_map ? json_object_size(v) : json_array_size(v);
    const char *key;
    json_t *child;

    if (!pretty || count == 0) {
        canonical_exact(out, v);
        return;
    }
    json_object_foreach ((json_t *)v, key, child)
        strvec_push(&keys, key);
    strvec_sort(&keys);
    buf_putc(out, is_map ? '{' : '[');
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s\n%*s", i ? "," : "", (int)(2 * (depth + 1)), "");
        if (is_map) {
            cleanup_json json_t *name = json_string(keys.items[i]);

            canonical_value(out, name);
            buf_puts(out, ": ");
        }
        print_json(out, is_map ? json_object_get(v, keys.items[i]) : json_array_get(v, i),
                   depth + 1, true);
    }
    buf_printf(out, "\n%*s%c", (int)(2 * depth), "", is_map ? '}' : ']');
}

static bool set_inside(const struct text *t, const struct strvec *parts, const json_t *options,
                       const json_t *value)
{
    cleanup_error struct error *err = NULL;
    cleanup_slots struct slots slots = {0};
    json_t *doc = field_text_root(&t->inside);

    if (fieldpath_match_parts(doc, parts, t->rest, replacement_create(options, value), &slots,
                              &err) < 0 ||
        slots.len == 0)
        return false;
    for (size_t i = 0; i < slots.len; i++)
        if (replacement_set(doc, &slots.items[i], options, value, &err) < 0)
            return false;
    return true;
}

/* `*out` stays empty where the text cannot hold what was put in: JSON has no text that is not of
 * its field's type. */
static int print_text(const struct text *t, struct buf *out, struct error **err)
{
    json_t *doc = field_text_root(&t->inside);

    if (t->inside.yaml)
        return yaml_text_print(t->inside.yaml, out, err);
    if (!spelled_resolve_exact(doc))
        print_json(out, doc, 0, strchr(t->content, '\n') && strstr(t->content, "  "));
    return 0;
}

int structured_set(json_t *root, const char *path, const json_t *options, const json_t *value,
                   bool *done, struct error **err)
{
    cleanup_strvec struct strvec parts = {0};
    cleanup_text struct text t = {0};
    cleanup_buf struct buf out = BUF_UNLIMITED;

    fieldpath_split(path, &parts);
    *done = find_text(root, &parts, &t) && set_inside(&t, &parts, options, value);
    if (!*done)
        return 0;
    if (print_text(&t, &out, err) < 0)
        return error_wrap(err, "path %s", path);
    *done = out.len > 0;
    if (!*done)
        return 0;
    if (budget_spend(out.len, err) < 0)
        return -1;
    cell_replace_value(root, t.scalar, spelled_string(out.data, out.len));
    return 0;
}
