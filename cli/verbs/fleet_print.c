/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/fleet_print.h"

#include "cli/verbs/app_facts.h"
#include "cli/verbs/cluster.h"
#include "cli/verbs/print.h"
#include "lib/base/error.h"

#define STATUS_COLUMNS 100

static const char *const narrow[] = {"CLUSTER", "APPLICATION", "WANTED", "APPLIED", "HEALTHY",
                                     "IMAGES",  "DIFFERS",     "STATUS", NULL};
static const char *const wide[] = {"CLUSTER", "SERVER",  "APPLICATION", "TARGET", "WANTED",
                                   "APPLIED", "HEALTHY", "SYNC",        "HEALTH", "IMAGES",
                                   "DIFFERS", "STATUS",  NULL};

/* In the usual namespace an Application goes by its name. */
static const char *name_of(const char *key)
{
    return str_has_prefix(key, DEFAULT_NAMESPACE "/") ? key + strlen(DEFAULT_NAMESPACE "/") : key;
}

static char *images_of(const struct fleet_app *a, bool is_wide)
{
    struct buf b = BUF_UNLIMITED;

    for (size_t i = 0; i < a->images.len; i++) {
        cleanup_free char *image =
            is_wide ? xstrdup(a->images.items[i]) : app_short_image(a->images.items[i]);

        buf_printf(&b, "%s%s", i ? "," : "", image);
    }
    return buf_take(&b);
}

static const char *differs_of(const struct fleet_app *a)
{
    if (a->images_differ)
        return a->revision_differs ? "images,revision" : "images";
    return a->revision_differs ? "revision" : "";
}

static void put_revision(struct print_table *t, enum tint tint, const char *revision, bool is_wide)
{
    cleanup_free char *text = is_wide ? xstrdup(revision) : print_revision(revision);

    print_tinted(t, tint, text);
}

/* Where it is not healthy, the column says what it is. */
static void put_healthy(struct print_table *t, const struct fleet_app *a, bool is_wide)
{
    if (*a->healthy)
        put_revision(t, streq(a->healthy, a->wanted) ? TINT_GOOD : TINT_BUSY, a->healthy, is_wide);
    else
        print_state(t, streq(a->health, "Healthy") ? "" : a->health);
}

/* Messages of others may be long; -o wide has them in full. */
static char *status_text(const char *whole, bool is_wide)
{
    cleanup_free char *text = is_wide ? xstrdup(whole) : print_revision(whole);
    size_t len = strlen(text);

    if (is_wide || print_width(text) <= STATUS_COLUMNS)
        return TAKE(text);
    while (len > STATUS_COLUMNS || ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return xasprintf("%.*s ...", (int)len, text);
}

static void put_app(struct print_table *t, const struct fleet_app *a, bool is_wide)
{
    cleanup_free char *images = images_of(a, is_wide);
    cleanup_free char *status = status_text(*a->reason ? a->reason : "ok", is_wide);

    print_row(t);
    print_cell(t, a->cluster->name);
    if (is_wide)
        print_cell(t, a->cluster->server);
    print_cell(t, name_of(a->key));
    if (is_wide)
        print_cell(t, a->target);
    put_revision(t, TINT_NONE, a->wanted, is_wide);
    put_revision(t, a->is_behind ? TINT_BUSY : TINT_GOOD, a->applied, is_wide);
    put_healthy(t, a, is_wide);
    if (is_wide) {
        print_state(t, a->sync);
        print_state(t, a->health);
    }
    print_cell(t, images);
    print_tinted(t, TINT_PLACE, differs_of(a));
    print_tinted(t, *a->reason ? TINT_BUSY : TINT_GOOD, status);
}

static void put_other(struct print_table *t, const struct fleet_cluster *c, bool is_wide)
{
    cleanup_free char *whole = c->error ? xasprintf("unreachable: %s", error_message(c->error))
                                        : xstrdup("no Applications");
    cleanup_free char *text = status_text(whole, is_wide);
    size_t columns = (is_wide ? ARRAY_LEN(wide) : ARRAY_LEN(narrow)) - 1;

    print_row(t);
    print_cell(t, c->name);
    for (size_t i = 1; i + 1 < columns; i++)
        print_cell(t, is_wide && i == 1 ? c->server : "");
    print_tinted(t, c->error ? TINT_BAD : TINT_DIM, text);
}

static void put_difference(struct buf *out, const struct fleet_difference *d, bool is_wide)
{
    buf_printf(out, "\n%s: %s\n", name_of(d->key), d->what);
    for (size_t i = 0; i < d->values.len; i++) {
        cleanup_free char *value =
            is_wide ? xstrdup(d->values.items[i]) : print_revision(d->values.items[i]);

        buf_printf(out, "  %s in %s\n", *value ? value : "none", d->clusters.items[i]);
    }
}

static void put_count(struct buf *out, size_t count, const char *noun)
{
    buf_printf(out, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

static void put_sums(struct buf *out, const struct fleet *f)
{
    buf_putc(out, '\n');
    put_count(out, f->clusters.len, "cluster");
    buf_printf(out, ", %zu unreachable; ", fleet_unreachable(f));
    put_count(out, fleet_apps(f), "Application");
    buf_printf(out, ", %zu behind\n", fleet_behind(f));
}

void fleet_put(const struct fleet *f, bool is_wide, struct buf *out)
{
    cleanup_print_table struct print_table t = {.headings = is_wide ? wide : narrow};

    for (size_t i = 0; i < f->clusters.len; i++) {
        const struct fleet_cluster *c = f->clusters.items[i];

        for (size_t k = 0; k < c->apps.len; k++)
            put_app(&t, c->apps.items[k], is_wide);
        if (!c->apps.len)
            put_other(&t, c, is_wide);
    }
    print_table_put(&t, out);
    if (f->differences.len)
        buf_puts(out, "\nWhat differs between clusters:\n");
    for (size_t i = 0; i < f->differences.len; i++)
        put_difference(out, f->differences.items[i], is_wide);
    put_sums(out, f);
}
