/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare: desired x live to a verdict. A pure function.
 *
 * Drift is (design, "Server-side apply owns fields"): a field we declare has another value, a field
 * we own is no longer declared, or a field we declare is no longer ours. Ownership is read from the
 * live object's managedFields entry {manager: gitopsd, operation: Apply, no subresource}; its
 * fieldsV1 also tells which lists are keyed (k:), sets (v:) or atomic, so that no schema is needed.
 */
#ifndef GITOPSD_DAEMON_COMPARE_COMPARE_H
#define GITOPSD_DAEMON_COMPARE_COMPARE_H

#include <jansson.h>
#include <stdbool.h>

enum drift {
    DRIFT_NONE,
    DRIFT_VALUE,      /* a declared field has another value */
    DRIFT_UNDECLARED, /* a field that we own is declared no more */
    DRIFT_NOT_OURS,   /* a declared field belongs to another manager */
    DRIFT_ADOPT,      /* we never applied this object */
};

/*
 * Compare semantically: numbers by value, quantities by value where the field holds one,
 * unordered keyed lists and sets. `*path` (heap; NULL without drift) names the first field that
 * differs, as ".spec.template.spec.containers[name=web].image"; a name that is no plain word is
 * quoted: ".metadata.annotations[\"example.org/a\"]". It holds names only, no values, of a Secret
 * too. `live` must have been read in the version of `desired`: the fields of two versions do not
 * compare.
 */
enum drift compare_objects(const json_t *desired, const json_t *live, char **path);
const char *drift_name(enum drift drift);

#endif
