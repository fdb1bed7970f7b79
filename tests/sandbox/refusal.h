/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal: why the API server does not do what it was asked, as a metav1.Status. A function that
 * can refuse returns 0 or -1 and takes `json_t **refused` last; on failure it is a new reference.
 * The words, reasons and causes are those of the real server, because clients read them. Source:
 * Kubernetes, apimachinery pkg/api/errors.
 */
#ifndef GITOPSD_TESTS_SANDBOX_REFUSAL_H
#define GITOPSD_TESTS_SANDBOX_REFUSAL_H

#include "lib/base/error.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/kinds.h"

/* `reason` is NULL where the real server has none; `details` may be NULL, it is taken. -1. */
int refuse(json_t **refused, int code, const char *reason, json_t *details, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
int refuse_bad_request(json_t **refused, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int refuse_not_found(json_t **refused, const struct kind *kind, const char *name);
int refuse_exists(json_t **refused, const struct kind *kind, const char *name);
int refuse_conflict(json_t **refused, const struct kind *kind, const char *name, const char *why);
/* The same of a deletion; it names the kind where others name the resource. */
int refuse_precondition(json_t **refused, const struct kind *kind, const char *name,
                        const char *why);
/* The object has another version than the writer knows. */
int refuse_stale(json_t **refused, const struct kind *kind, const char *name);
int refuse_forbidden(json_t **refused, const struct kind *kind, const char *name, json_t *causes,
                     const char *why);
int refuse_expired(json_t **refused, const char *why);
/* What is wrong with an object, field by field. `causes` is taken. */
int refuse_invalid(json_t **refused, const struct kind *kind, const char *name, json_t *causes);

/* One cause for refuse_invalid: reason "FieldValueRequired" and the like; the message begins with
 * what the reason says ("Required value"). */
void cause_add(json_t *causes, const char *reason, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The code of a Status. */
int refusal_code(const json_t *status);
/* The answer of a deletion. */
json_t *status_success(const struct kind *kind, const json_t *object);

#endif
