/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_filter: lists of rules that say which kinds are left alone, or which are not
 * (resource.exclusions, resource.inclusions).
 */
#ifndef GITOPSD_DAEMON_SETTINGS_SETTINGS_FILTER_H
#define GITOPSD_DAEMON_SETTINGS_SETTINGS_FILTER_H

#include "lib/base/error.h"
#include "lib/base/vec.h"

struct settings_filter {
    struct strvec groups; /* globs; empty: any */
    struct strvec kinds;  /* exact or "*"; empty: any */
};

struct settings_filters {
    struct settings_filter *items;
    size_t len;
};

/* The rules of a YAML text that apply to this cluster, which is known as `server` (may be NULL),
 * instead of those that are in `out`. ERROR_INVALID: which rule, and why; `out` is as it was. */
int settings_filters_read(const char *text, const char *server, struct settings_filters *out,
                          struct error **err);
void settings_filters_clear(struct settings_filters *f);
/* Is one of the rules about this kind? */
bool settings_filters_match(const struct settings_filters *f, const char *group, const char *kind);

#endif
