/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare: desired x live to a verdict. A pure function.
 *
 * Drift is (design, "Server-side apply owns fields"): a field we declare has another value, a field
 * we own is no longer declared, or a field we declare is no longer ours. Ownership is read from the
 * live object's managedFields entry {manager: gitopsd, operation: Apply, no subresource}. How a
 * value is made (keyed list, set, atomic, quantity) is told by the type of the kind where one is
 * known, else by fieldsV1 ("k:", "v:") and by the names of the fields. Where that would be a guess,
 * the answer is DRIFT_UNDECIDED, and a server-side dry-run tells: compare_dry_run reads its answer.
 * docs/comparison.md has the rules.
 */
#ifndef GITOPSD_DAEMON_COMPARE_COMPARE_H
#define GITOPSD_DAEMON_COMPARE_COMPARE_H

#include "daemon/compare/ignored.h"

#include <jansson.h>
#include <stdbool.h>

#define DRIFTS_MAX 8

struct kube_type;

enum drift {
    DRIFT_NONE,
    DRIFT_VALUE,      /* a declared field has another value */
    DRIFT_UNDECLARED, /* a field that we own is declared no more */
    DRIFT_NOT_OURS,   /* a declared field belongs to another manager */
    DRIFT_ADOPT,      /* we never applied this object */
    DRIFT_UNDECIDED,  /* only the server can tell */
};

/* One place that differs. The path is as ".spec.template.spec.containers[name=web].image"; a name
 * that is no plain word is quoted: ".metadata.annotations[\"example.org/a\"]". It holds names only,
 * no values, of a Secret too. */
struct drift_path {
    enum drift drift;
    char *path;
    char *manager; /* another one that owns the place now; NULL: nobody else */
};

struct drifts {
    struct drift_path items[DRIFTS_MAX]; /* the first ones */
    size_t len;
    size_t total; /* with those that are not in items */
};

void drifts_clear(struct drifts *d);
#define cleanup_drifts __attribute__((cleanup(drifts_clear)))

struct compare_input {
    const json_t *desired;
    const json_t *live; /* in the version of `desired`: the fields of two versions do not compare */
    const struct kube_type *type;  /* of the kind in that version; NULL: unknown */
    const struct ignored *ignored; /* places in `desired` and `live`; NULL: none */
    bool ignore_aggregated_roles;  /* the rules of a ClusterRole that others made an aggregate */
};

/*
 * The verdict: the first definite drift; else DRIFT_UNDECIDED if that was found anywhere; else
 * DRIFT_NONE. `out` (initialised by zeroes) gets the places: definite ones, or, if there is none,
 * the undecided ones. DRIFT_ADOPT has no places.
 */
enum drift compare_objects(const struct compare_input *in, struct drifts *out);

/*
 * Read what a server-side apply of the desired object would make of `live`: DRIFT_NONE if they are
 * equal apart from what every write changes, else the first drift, and in `out` the places. Who
 * owns what counts as far as it is our ownership.
 */
enum drift compare_dry_run(const json_t *live, const json_t *answer, const struct ignored *ignored,
                           struct drifts *out);

const char *drift_name(enum drift drift);

#endif
