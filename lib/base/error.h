/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: what went wrong, as a kind for code and a message for people.
 * A function that can fail returns 0 or -1 and takes `struct error **err` last, never NULL.
 * On success *err is untouched; on failure it owns an error. The message grows from the outside:
 * "render web: load base: kustomization.yaml:3: unknown field".
 * No secret may enter a message.
 */
#ifndef GITOPSD_LIB_BASE_ERROR_H
#define GITOPSD_LIB_BASE_ERROR_H

#include "lib/base/mem.h"

enum error_kind {
    ERROR_INTERNAL,    /* a bug or a broken invariant of a library */
    ERROR_INVALID,     /* the input is wrong; trying again does not help */
    ERROR_NOT_FOUND,   /* the named thing does not exist */
    ERROR_CONFLICT,    /* somebody else changed it; read again and retry */
    ERROR_DENIED,      /* credentials or rights */
    ERROR_UNAVAILABLE, /* a remote or the network; retry later */
    ERROR_TIMEOUT,     /* a deadline passed; retry later */
    ERROR_EXPIRED,     /* a resourceVersion or continue token is too old (HTTP 410) */
    ERROR_TOO_LARGE,   /* a stated limit was passed */
    ERROR_UNSUPPORTED, /* understood and refused */
    ERROR_CANCELED,    /* the caller asked for an early end */
};

struct error;

/* Set *err (which must be NULL) and return -1. */
int error_set(struct error **err, enum error_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Put "context: " in front of the message of *err (which must be set) and return -1. */
int error_wrap(struct error **err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__ /* it cannot see into error.c that they fail always */
#define error_set(...) (error_set(__VA_ARGS__), -1)
#define error_wrap(...) (error_wrap(__VA_ARGS__), -1)
#endif

enum error_kind error_kind(const struct error *err);
const char *error_kind_name(enum error_kind kind);
/* Borrowed; "no error" for NULL. */
const char *error_message(const struct error *err);
/* Is trying the same again later worth it? */
bool error_is_transient(const struct error *err);
/* A number that goes with the error: for HTTP errors the status code; 0 otherwise. */
int error_code(const struct error *err);
void error_set_code(struct error *err, int code);
/* How long the other side asked us to wait (HTTP Retry-After); 0 where it did not. */
uint64_t error_retry_after_ms(const struct error *err);
void error_set_retry_after_ms(struct error *err, uint64_t ms);

/* Move *from (which must be set) to *err (which must be NULL) and return -1. */
int error_move(struct error **err, struct error **from);
/* Another one, *next (which must be set), beside *err, if that is set: a line of its message each;
 * kind and numbers are those of the first. Moves *next. Returns -1. */
int error_add(struct error **err, struct error **next);
struct error *error_copy(const struct error *err); /* NULL gives NULL */
void error_free(struct error *err);

DEFINE_CLEANUP(error, struct error, error_free)
#define cleanup_error __attribute__((cleanup(cleanup_error_fn)))

#endif
