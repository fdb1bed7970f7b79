/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api: from an HTTP request to the verb that serves it, and its answer back.
 * Memory: a request of the API lives for the call; an answer takes its document.
 */
#ifndef GITOPSD_TESTS_SANDBOX_API_H
#define GITOPSD_TESTS_SANDBOX_API_H

#include "tests/sandbox/registry.h"
#include "tests/sandbox/table/table.h"

/* How objects are shown: Accept's as=... */
enum api_shape { SHAPE_OBJECT, SHAPE_METADATA, SHAPE_TABLE };

struct api_request {
    struct sandbox *s;
    struct http_call *http;
    const struct kind *kind;
    char *ns;          /* NULL: none or all */
    char *name;        /* NULL: the collection */
    char *subresource; /* NULL: the object */
    enum api_shape shape;
    enum table_rows rows; /* of a table: includeObject */
    struct write_options write;
    char *manager;
    struct strvec warnings;
};

/* Serves everything below /api and /apis; the handler of http.h, whose arg is the sandbox. */
void api_handle(void *arg, struct http_call *request);

/* ---- for the verbs ---- */

/* Take `document`. */
void api_answer(struct http_call *http, int status, json_t *document);
void api_refuse(struct http_call *http, json_t *refusal);
/* An object as the client wants to see it. */
void api_answer_object(struct api_request *r, int status, json_t *object);
/* The body as a document (JSON or YAML). */
int api_body(struct api_request *r, json_t **out, json_t **refused);

void api_list(struct api_request *r);
void api_watch(struct api_request *r);
void api_get(struct api_request *r);
void api_create(struct api_request *r);
void api_update(struct api_request *r);
void api_patch(struct api_request *r);
void api_delete(struct api_request *r);
void api_delete_collection(struct api_request *r);
void api_scale(struct api_request *r); /* GET, PUT and PATCH of the subresource */
void api_review(struct api_request *r);
/* Paths that are about no object: /version, /api, /openapi/v3, ... False: not one of them. */
bool api_discover(struct sandbox *s, struct http_call *http);

#endif
