/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drifts: what a comparison found, and where.
 */
#include "daemon/compare/walk.h"
#include "lib/base/buf.h"
#include "lib/doc/place.h"
#include "lib/doc/yaml.h"

const char *drift_name(enum drift drift)
{
    switch (drift) {
    case DRIFT_NONE: return "none";
    case DRIFT_VALUE: return "value";
    case DRIFT_UNDECLARED: return "undeclared";
    case DRIFT_NOT_OURS: return "not ours";
    case DRIFT_ADOPT: return "adopt";
    case DRIFT_UNDECIDED: return "undecided";
    }
    UNREACHABLE();
}

void drifts_clear(struct drifts *d)
{
    for (size_t i = 0; i < d->len; i++) {
        free(d->items[i].path);
        free(d->items[i].manager);
    }
    *d = (struct drifts){0};
}

static void put_scalar(struct buf *out, const json_t *v)
{
    cleanup_free char *text = NULL;

    if (json_is_string(v)) {
        buf_puts(out, json_string_value(v));
        return;
    }
    text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    buf_puts(out, text ? text : "?");
}

static void put_item(struct buf *out, const struct place *at)
{
    const char *name, *separator = "";
    cleanup_json json_t *parsed =
        !at->key && at->owned ? json_loads(at->owned + 2, JSON_DECODE_ANY, NULL) : NULL;
    const json_t *key = at->key ? at->key : parsed;
    json_t *v;

    buf_putc(out, '[');
    if (!key)
        buf_printf(out, "%zu", at->index);
    else if (!json_is_object(key))
        put_scalar(out, key);
    else
        json_object_foreach ((json_t *)key, name, v) {
            buf_printf(out, "%s%s=", separator, name);
            put_scalar(out, v);
            separator = ",";
        }
    buf_putc(out, ']');
}

static void put_place(struct buf *out, const struct place *at)
{
    if (!at)
        return;
    put_place(out, at->up);
    if (!at->field)
        put_item(out, at);
    else
        place_put_field(out, at->field);
}

void walk_found(struct comparison *c, const struct place *at, enum drift drift)
{
    struct drifts *out = c->out;
    struct buf text = BUF_UNLIMITED;
    const char *manager;

    if (drift == DRIFT_UNDECIDED && c->worst != DRIFT_NONE && c->worst != DRIFT_UNDECIDED)
        return;
    if (drift != DRIFT_UNDECIDED && c->worst == DRIFT_UNDECIDED)
        drifts_clear(out);
    if (c->worst == DRIFT_NONE || c->worst == DRIFT_UNDECIDED)
        c->worst = drift;
    out->total++;
    if (out->len == DRIFTS_MAX)
        return;
    put_place(&text, at);
    manager = managers_owner(c, at);
    out->items[out->len++] = (struct drift_path){
        .drift = drift,
        .path = buf_take(&text),
        .manager = xstrdup(manager),
    };
}
