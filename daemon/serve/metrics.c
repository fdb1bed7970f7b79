/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/serve/metrics.h"

#include "lib/base/map.h"
#include "lib/base/vec.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

static const char *const type_names[] = {
    [METRIC_COUNTER] = "counter",
    [METRIC_GAUGE] = "gauge",
    [METRIC_HISTOGRAM] = "histogram",
};

/* A number for one combination of label values. */
struct series {
    double value; /* of a histogram: the sum */
    uint64_t count;
    uint64_t buckets[]; /* histogram: observations in each bucket, not cumulative */
};

struct metric {
    enum metric_type type;
    char *name;
    char *help;
    struct strvec labels;
    double *bounds;
    size_t bound_count;
    struct map series; /* by the text of their labels, `a="x",b="y"` */
};

struct metrics {
    struct ptrvec all;
};

struct metrics *metrics_new(void)
{
    return xcalloc(1, sizeof(struct metrics));
}

static void metric_free(struct metric *m)
{
    map_clear_with(&m->series, free);
    strvec_clear(&m->labels);
    free(m->bounds);
    free(m->name);
    free(m->help);
    free(m);
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < metrics->all.len; i++)
        metric_free(metrics->all.items[i]);
    ptrvec_clear(&metrics->all);
    free(metrics);
}

static struct metric *add(struct metrics *metrics, enum metric_type type, const char *name,
                          const char *help, const char *labels)
{
    struct metric *m = xcalloc(1, sizeof(*m));

    for (size_t i = 0; i < metrics->all.len; i++)
        assert(!streq(((struct metric *)metrics->all.items[i])->name, name));
    m->type = type;
    m->name = xstrdup(name);
    m->help = xstrdup(help);
    while (labels && *labels) {
        size_t len = strcspn(labels, ",");

        strvec_take(&m->labels, xstrndup(labels, len));
        labels += len + (labels[len] == ',');
    }
    assert(m->labels.len <= METRIC_MAX_LABELS);
    ptrvec_push(&metrics->all, m);
    return m;
}

struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                               const char *labels)
{
    return add(metrics, METRIC_COUNTER, name, help, labels);
}

struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                             const char *labels)
{
    return add(metrics, METRIC_GAUGE, name, help, labels);
}

struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
                                 const char *labels, const double *bounds, size_t bound_count)
{
    struct metric *m = add(metrics, METRIC_HISTOGRAM, name, help, labels);

    m->bounds = xmalloc(bound_count * sizeof(*bounds) + 1);
    memcpy(m->bounds, bounds, bound_count * sizeof(*bounds));
    m->bound_count = bound_count;
    return m;
}

static void put_escaped(struct buf *out, const char *text, bool quotes)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\\')
            buf_puts(out, "\\\\");
        else if (*p == '\n')
            buf_puts(out, "\\n");
        else if (*p == '"' && quotes)
            buf_puts(out, "\\\"");
        else
            buf_putc(out, *p);
    }
}

static void put_labels(const struct metric *m, va_list values, struct buf *out)
{
    for (size_t i = 0; i < m->labels.len; i++) {
        const char *value = va_arg(values, const char *);

        buf_printf(out, "%s%s=\"", i > 0 ? "," : "", m->labels.items[i]);
        put_escaped(out, value ? value : "", true);
        buf_putc(out, '"');
    }
}

static struct series *series_of(struct metric *m, va_list values)
{
    cleanup_buf struct buf key = BUF_UNLIMITED;
    struct series *s;

    put_labels(m, values, &key);
    s = map_find(&m->series, key.data);
    if (!s) {
        s = xcalloc(1, sizeof(*s) + (m->bound_count + 1) * sizeof(s->buckets[0]));
        map_set(&m->series, key.data, s);
    }
    return s;
}

void metric_add(struct metric *m, double value, ...)
{
    va_list values;

    assert(m->type == METRIC_GAUGE || (m->type == METRIC_COUNTER && value >= 0));
    va_start(values, value);
    series_of(m, values)->value += value;
    va_end(values);
}

void metric_set(struct metric *m, double value, ...)
{
    va_list values;

    assert(m->type != METRIC_HISTOGRAM);
    va_start(values, value);
    series_of(m, values)->value = value;
    va_end(values);
}

void metric_fill(struct metric *m, const uint64_t *buckets, double sum, ...)
{
    struct series *s;
    va_list values;

    assert(m->type == METRIC_HISTOGRAM);
    va_start(values, sum);
    s = series_of(m, values);
    va_end(values);
    s->value = sum;
    s->count = 0;
    for (size_t i = 0; i <= m->bound_count; i++) {
        s->buckets[i] = buckets[i];
        s->count += buckets[i];
    }
}

static void put_number(struct buf *out, double value)
{
    char text[40];

    if (isnan(value))
        snprintf(text, sizeof(text), "NaN");
    else if (isinf(value))
        snprintf(text, sizeof(text), value > 0 ? "+Inf" : "-Inf");
    else if (snprintf(text, sizeof(text), "%.15g", value), strtod(text, NULL) != value)
        snprintf(text, sizeof(text), "%.17g", value);
    buf_puts(out, text);
}

/* `NAME{labels} VALUE` */
static void put_sample(struct buf *out, const char *name, const char *suffix, const char *labels,
                       double value)
{
    buf_printf(out, "%s%s", name, suffix);
    if (*labels)
        buf_printf(out, "{%s}", labels);
    buf_putc(out, ' ');
    put_number(out, value);
    buf_putc(out, '\n');
}

static void put_histogram(struct buf *out, const struct metric *m, const char *labels,
                          const struct series *s)
{
    uint64_t below = 0;

    for (size_t i = 0; i <= m->bound_count; i++) {
        cleanup_buf struct buf with_bound = BUF_UNLIMITED;

        below += s->buckets[i];
        buf_printf(&with_bound, "%s%sle=\"", labels, *labels ? "," : "");
        put_number(&with_bound, i < m->bound_count ? m->bounds[i] : INFINITY);
        buf_putc(&with_bound, '"');
        put_sample(out, m->name, "_bucket", with_bound.data, (double)below);
    }
    put_sample(out, m->name, "_sum", labels, s->value);
    put_sample(out, m->name, "_count", labels, (double)s->count);
}

static void put_metric(struct buf *out, const struct metric *m)
{
    const struct map_entry *e;
    size_t it = 0;

    buf_printf(out, "# HELP %s ", m->name);
    put_escaped(out, m->help, false);
    buf_printf(out, "\n# TYPE %s %s\n", m->name, type_names[m->type]);
    while ((e = map_next(&m->series, &it))) {
        const struct series *s = e->value;

        if (m->type == METRIC_HISTOGRAM)
            put_histogram(out, m, e->key, s);
        else
            put_sample(out, m->name, "", e->key, s->value);
    }
}

void metrics_print(const struct metrics *metrics, struct buf *out)
{
    for (size_t i = 0; i < metrics->all.len; i++)
        put_metric(out, metrics->all.items[i]);
}
