/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics: numbers for Prometheus: a registry of counters, gauges and histograms with labels.
 * Thread: the loop thread.
 * Memory: the registry owns its metrics; names, labels and bounds are copied.
 * Label values follow the number, one `const char *` for each label, in the labels' order:
 *     metric_add(syncs, 1, "guestbook", "Succeeded");
 */
#ifndef GITOPSD_DAEMON_SERVE_METRICS_H
#define GITOPSD_DAEMON_SERVE_METRICS_H

#include "lib/base/buf.h"

#define METRIC_MAX_LABELS 12

struct metrics;
struct metric;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* `labels` is separated by commas: "name,namespace"; NULL or "": none. A name stands once. */
struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
                               const char *labels);
struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
                             const char *labels);
/* `bounds` are the upper bounds of the buckets, rising, without the last one (+Inf). */
struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
                                 const char *labels, const double *bounds, size_t bound_count);

void metric_add(struct metric *m, double value, ...); /* counter (value >= 0), gauge */
void metric_set(struct metric *m, double value, ...); /* gauge; counter kept elsewhere */
/* Make a histogram what was counted elsewhere: `buckets` has one more item than there are bounds,
 * and is not cumulative. */
void metric_fill(struct metric *m, const uint64_t *buckets, double sum, ...);

/* Append the text format, of this content type, in the order of registration. */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
void metrics_print(const struct metrics *metrics, struct buf *out);

DEFINE_CLEANUP(metrics, struct metrics, metrics_free)
#define cleanup_metrics __attribute__((cleanup(cleanup_metrics_fn)))

#endif
