/* SPDX-License-Identifier: Apache-2.0 */
/*
 * semver: versions of semver.org and constraints over them, in the dialect that Argo CD accepts in
 * targetRevision: "1.2", "1.x", "*", "^1.2", "~1.2.3", ">=1.2 <2", "1.2 - 1.4", "a, b", "a || b".
 * Source: github.com/Masterminds/semver v3, which Argo CD uses (behaviour only).
 */
#ifndef GITOPSD_LIB_GIT_SEMVER_H
#define GITOPSD_LIB_GIT_SEMVER_H

#include "lib/base/mem.h"

#define SEMVER_PRE_BYTES 128

struct semver {
    uint64_t part[3];           /* major, minor, patch */
    char pre[SEMVER_PRE_BYTES]; /* "rc.1", "" for a release */
};

/* One to three numbers, a leading "v" allowed. */
bool semver_parse(const char *s, struct semver *out);
int semver_compare(const struct semver *a, const struct semver *b);

/* Does `s` have the form of a constraint (a plain full version does not)? */
bool semver_is_constraint(const char *s);
/* False also for a malformed constraint. */
bool semver_matches(const char *constraint, const struct semver *v);

#endif
