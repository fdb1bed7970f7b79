/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/tree_print.h"

#include "cli/verbs/print.h"
#include "daemon/object/identity.h"
#include "lib/base/map.h"

struct drawing {
    const json_t *nodes;
    struct map parents;  /* uid -> struct ptrvec of the nodes below it */
    struct ptrvec roots; /* json_t */
    struct print_table table;
};

static const struct ptrvec no_children;

static void add_child(struct drawing *d, const char *uid, json_t *node)
{
    struct map_entry *e = map_entry(&d->parents, uid);

    if (!e->value)
        e->value = xcalloc(1, sizeof(struct ptrvec));
    ptrvec_push(e->value, node);
}

/* The uid of the first parent that is in the tree; NULL: none, it is a root. */
static const char *parent_of(const struct map *uids, const json_t *node)
{
    const json_t *parent;
    size_t i;

    json_array_foreach (json_object_get(node, "parentRefs"), i, parent) {
        const char *uid = object_string(parent, "uid");

        if (*uid && map_has(uids, uid) && !streq(uid, object_string(node, "uid")))
            return uid;
    }
    return NULL;
}

static void connect(struct drawing *d)
{
    cleanup_map struct map uids = {0};
    json_t *node;
    size_t i;

    json_array_foreach (d->nodes, i, node)
        if (*object_string(node, "uid"))
            map_set(&uids, object_string(node, "uid"), node);
    json_array_foreach (d->nodes, i, node) {
        const char *parent = parent_of(&uids, node);

        if (parent)
            add_child(d, parent, node);
        else
            ptrvec_push(&d->roots, node);
    }
}

static const char *info_of(const json_t *node, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach (json_object_get(node, "info"), i, item)
        if (streq(object_string(item, "name"), name))
            return object_string(item, "value");
    return "";
}

/* Why it is not healthy, or what else is worth knowing. Heap. */
static char *why_of(const json_t *node)
{
    const json_t *health = json_object_get(node, "health");
    const char *message = object_string(health, "message");
    const char *trouble = info_of(node, "Trouble");
    const char *ready = info_of(node, "Containers");
    const char *reason = info_of(node, "Status Reason");
    const char *restarts = info_of(node, "Restart Count");

    if (*trouble)
        return xstrdup(trouble);
    if (*message && !streq(object_string(health, "status"), "Healthy"))
        return xstrdup(message);
    if (*ready)
        return xasprintf("%s, %s ready%s%s%s", reason, ready, *restarts ? ", " : "", restarts,
                         *restarts ? " restarts" : "");
    return xstrdup(info_of(node, "Revision"));
}

static void draw_row(struct drawing *d, const json_t *node, const char *lead, bool shows_namespace)
{
    const char *group = object_string(node, "group");
    const char *ns = shows_namespace ? object_string(node, "namespace") : "";
    const char *health = object_string(json_object_get(node, "health"), "status");
    cleanup_free char *title =
        xasprintf("%s%s%s%s %s%s%s", lead, object_string(node, "kind"), *group ? "." : "", group,
                  ns, *ns ? "/" : "", object_string(node, "name"));
    cleanup_free char *age = print_age(object_string(node, "createdAt"));
    cleanup_free char *why = why_of(node);

    why[strcspn(why, "\n")] = '\0';
    print_row(&d->table);
    print_cell(&d->table, title);
    print_state(&d->table, object_string(node, "status"));
    print_state(&d->table, health);
    print_cell(&d->table, age);
    print_cell(&d->table, why);
}

/* `indent`: what stands before the branch of a child of these. */
static void draw_children(struct drawing *d, const struct ptrvec *children, const char *indent,
                          bool are_roots)
{
    for (size_t i = 0; i < children->len; i++) {
        const json_t *node = children->items[i];
        bool is_last = i + 1 == children->len;
        const struct ptrvec *below = map_find(&d->parents, object_string(node, "uid"));
        cleanup_free char *lead =
            are_roots ? xstrdup("") : xasprintf("%s%s ", indent, is_last ? "└─" : "├─");
        cleanup_free char *deeper =
            are_roots ? xstrdup("") : xasprintf("%s%s  ", indent, is_last ? " " : "│");

        draw_row(d, node, lead, are_roots);
        draw_children(d, below ? below : &no_children, deeper, false);
    }
}

static void free_children(void *children)
{
    ptrvec_clear(children);
    free(children);
}

void tree_print(const json_t *nodes, const json_t *notes, struct buf *out)
{
    static const char *const headings[] = {"OBJECT", "SYNC", "HEALTH", "AGE", "WHY", NULL};
    struct drawing d = {.nodes = nodes, .table = {.headings = headings}};
    const json_t *note;
    size_t i;

    connect(&d);
    draw_children(&d, &d.roots, "", true);
    print_table_put(&d.table, out);
    json_array_foreach (notes, i, note)
        buf_printf(out, "%s%s\n", i ? "" : "\n", json_string_value(note));
    map_clear_with(&d.parents, free_children);
    ptrvec_clear(&d.roots);
    print_table_clear(&d.table);
}
