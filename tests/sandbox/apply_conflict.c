/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/apply_conflict.h"

#include "tests/sandbox/apply_set.h"

/* "kubectl-edit" using v1 */
static char *describe(const struct apply_manager *m)
{
    cleanup_buf struct buf b = BUF_UNLIMITED;

    buf_printf(&b, "\"%s\"", m->name);
    if (*m->subresource)
        buf_printf(&b, " with subresource \"%s\"", m->subresource);
    if (!m->applied)
        buf_printf(&b, " using %s", m->api_version);
    return buf_take(&b);
}

void apply_conflicts_add(struct apply_conflicts *c, const struct apply_manager *with,
                         const json_t *fields)
{
    cleanup_free char *who = describe(with);
    cleanup_strvec struct strvec paths = {.len = 0};
    cleanup_buf struct buf text = BUF_UNLIMITED;

    apply_set_paths(fields, &paths);
    if (paths.len == 0)
        return;
    if (!c->causes)
        c->causes = json_array();
    buf_printf(&text, "conflicts with %s:", who);
    for (size_t i = 0; i < paths.len; i++) {
        cleanup_free char *message = xasprintf("conflict with %s", who);

        json_array_append_new(c->causes,
                              json_pack("{s:s, s:s, s:s}", "reason", "FieldManagerConflict",
                                        "message", message, "field", paths.items[i]));
        buf_printf(&text, "\n- %s", paths.items[i]);
        strvec_pushf(&c->each, "conflict with %s: %s", who, paths.items[i]);
    }
    c->count += paths.len;
    strvec_push(&c->managers, text.data);
}

int apply_conflicts_error(struct apply_conflicts *c, struct error **err)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (c->count == 1) {
        buf_printf(&text, "Apply failed with 1 conflict: %s", c->each.items[0]);
    } else {
        buf_printf(&text, "Apply failed with %zu conflicts: ", c->count);
        for (size_t i = 0; i < c->managers.len; i++)
            buf_printf(&text, "%s%s", i > 0 ? "\n" : "", c->managers.items[i]);
    }
    error_set(err, ERROR_CONFLICT, "%s", text.data);
    error_set_code(*err, 409);
    return -1;
}

void apply_conflicts_clear(struct apply_conflicts *c)
{
    json_decref(c->causes);
    strvec_clear(&c->managers);
    strvec_clear(&c->each);
}
