/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/serve/metrics.h"

#include "tests/test.h"

#include <math.h>

static void expect_text(const struct metrics *metrics, const char *want)
{
    cleanup_buf struct buf got = BUF_UNLIMITED;

    metrics_print(metrics, &got);
    EXPECT_STR(got.data, want);
}

TEST(counters_and_gauges_are_printed_in_order)
{
    cleanup_metrics struct metrics *metrics = metrics_new();
    struct metric *syncs = metrics_counter(metrics, "syncs_total", "Syncs.", "name,phase");
    struct metric *apps = metrics_gauge(metrics, "apps", "Apps \\ and\nmore.", NULL);

    metric_add(syncs, 1, "web", "Failed");
    metric_add(syncs, 1, "db", "Succeeded");
    metric_add(syncs, 2, "web", "Failed");
    metric_set(apps, 3);
    metric_add(apps, -0.5);
    expect_text(metrics, "# HELP syncs_total Syncs.\n"
                         "# TYPE syncs_total counter\n"
                         "syncs_total{name=\"web\",phase=\"Failed\"} 3\n"
                         "syncs_total{name=\"db\",phase=\"Succeeded\"} 1\n"
                         "# HELP apps Apps \\\\ and\\nmore.\n"
                         "# TYPE apps gauge\n"
                         "apps 2.5\n");
}

TEST(label_values_are_escaped_and_kept_apart)
{
    cleanup_metrics struct metrics *metrics = metrics_new();
    struct metric *m = metrics_gauge(metrics, "m", "h", "a,b");

    metric_set(m, 1, "x\",b=\"", "y");
    metric_set(m, 2, "x", "\",b=\"y");
    metric_set(m, 3, "\\\n", NULL);
    expect_text(metrics, "# HELP m h\n"
                         "# TYPE m gauge\n"
                         "m{a=\"x\\\",b=\\\"\",b=\"y\"} 1\n"
                         "m{a=\"x\",b=\"\\\",b=\\\"y\"} 2\n"
                         "m{a=\"\\\\\\n\",b=\"\"} 3\n");
}

TEST(a_histogram_is_printed_up_to_each_bound)
{
    static const double bounds[] = {0.1, 1, 2.5};
    cleanup_metrics struct metrics *metrics = metrics_new();
    struct metric *m = metrics_histogram(metrics, "t", "h", "app", bounds, ARRAY_LEN(bounds));

    metric_fill(m, (uint64_t[]){1, 1, 0, 1}, 9.6, "a");
    expect_text(metrics, "# HELP t h\n"
                         "# TYPE t histogram\n"
                         "t_bucket{app=\"a\",le=\"0.1\"} 1\n"
                         "t_bucket{app=\"a\",le=\"1\"} 2\n"
                         "t_bucket{app=\"a\",le=\"2.5\"} 2\n"
                         "t_bucket{app=\"a\",le=\"+Inf\"} 3\n"
                         "t_sum{app=\"a\"} 9.6\n"
                         "t_count{app=\"a\"} 3\n");
}

TEST(numbers_are_printed_as_prometheus_reads_them)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {1700000000123.0, "1700000000123"},
                 {0.1, "0.1"},
                 {1e21, "1e+21"},
                 {1.0 / 3, "0.33333333333333331"},
                 {-2, "-2"},
                 {INFINITY, "+Inf"},
                 {-INFINITY, "-Inf"},
                 {NAN, "NaN"}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_metrics struct metrics *metrics = metrics_new();
        cleanup_free char *want = xasprintf("# HELP m h\n# TYPE m gauge\nm %s\n", cases[i].text);

        metric_set(metrics_gauge(metrics, "m", "h", ""), cases[i].value);
        expect_text(metrics, want);
    }
}
