/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status: the API server's failures as errors. Both an answer of 400 and above and the object of a
 * watch's ERROR event are a metav1.Status; a proxy in between answers something else.
 */
#ifndef GITOPSD_LIB_KUBE_STATUS_H
#define GITOPSD_LIB_KUBE_STATUS_H

#include "lib/base/error.h"

#include <jansson.h>

enum error_kind kube_status_kind(int code);
/* Sets *err from a Status object; `code` counts where the Status has none. Returns -1. */
int kube_status_error(const json_t *status, int code, struct error **err);
/* Sets *err from an answer. `what` ("GET /api/v1/pods") opens the message where the body is not a
 * Status. Returns -1. */
int kube_answer_error(int code, const char *body, size_t len, uint64_t retry_after_ms,
                      const char *what, struct error **err);

#endif
