/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one line per event that matters, as logfmt or JSON, on standard error.
 * An event is a message and pairs of key and value, ended by NULL; a pair with a NULL value is
 * left out:
 *     log_event(LOG_INFO, "applied", "app", name, "object", key, NULL);
 * lib/ and kustomize/ log only at debug; daemon/ logs an error once, where it decides what to do.
 * Thread: any. One line is one write(2). No secret may be passed.
 */
#ifndef GITOPSD_LIB_BASE_LOG_H
#define GITOPSD_LIB_BASE_LOG_H

#include "lib/base/error.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

/* The descriptor: before the first thread starts. Default: LOG_INFO, LOG_LOGFMT, fd 2. */
void log_configure(enum log_level level, enum log_format format, int fd);
int log_level_parse(const char *name, enum log_level *out, struct error **err);
int log_format_parse(const char *name, enum log_format *out, struct error **err);
bool log_enabled(enum log_level level);

void log_event(enum log_level level, const char *message, ...) __attribute__((sentinel));
/* A debug line without pairs. */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
