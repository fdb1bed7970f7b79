/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/status.h"

#include <ctype.h>

#define EXCERPT_BYTES 200

enum error_kind kube_status_kind(int code)
{
    switch (code) {
    case 401:
    case 403: return ERROR_DENIED;
    case 404: return ERROR_NOT_FOUND;
    case 409: return ERROR_CONFLICT;
    case 410: return ERROR_EXPIRED;
    case 413: return ERROR_TOO_LARGE;
    case 408:
    case 504: return ERROR_TIMEOUT;
    case 429: return ERROR_UNAVAILABLE;
    default: return code >= 500 ? ERROR_UNAVAILABLE : ERROR_INVALID;
    }
}

/* Server-side apply answers 500 to a body that its schema cannot hold; trying again does not help.
 */
static bool is_schema_refusal(int code, const char *message)
{
    return code == 500 && str_has_prefix(message, "failed to create typed patch object");
}

int kube_status_error(const json_t *status, int code, struct error **err)
{
    const char *message = json_string_value(json_object_get(status, "message"));
    const char *reason = json_string_value(json_object_get(status, "reason"));
    const json_t *details = json_object_get(status, "details");
    json_int_t wait_s = json_integer_value(json_object_get(details, "retryAfterSeconds"));
    json_int_t own_code = json_integer_value(json_object_get(status, "code"));

    if (!reason && code == 401) /* the answer was cut off behind its status line */
        reason = "Unauthorized";
    if (own_code >= 100 && own_code <= 599)
        code = (int)own_code;
    if (message && message[0])
        error_set(err, is_schema_refusal(code, message) ? ERROR_INVALID : kube_status_kind(code),
                  "%s", message);
    else
        error_set(err, kube_status_kind(code), "the API server answered %d%s%s", code,
                  reason ? " " : "", reason ? reason : "");
    error_set_code(*err, code);
    if (wait_s > 0 && wait_s < 86400)
        error_set_retry_after_ms(*err, (uint64_t)wait_s * 1000);
    return -1;
}

/* One printable line of what a proxy said. */
static void excerpt(const char *body, size_t len, char out[EXCERPT_BYTES])
{
    size_t n = 0;

    for (size_t i = 0; i < len && n + 1 < EXCERPT_BYTES; i++) {
        unsigned char c = (unsigned char)body[i];

        if (isgraph(c))
            out[n++] = (char)c;
        else if (n > 0 && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

int kube_answer_error(int code, const char *body, size_t len, uint64_t retry_after_ms,
                      const char *what, struct error **err)
{
    json_t *status = json_loadb(body, len, JSON_ALLOW_NUL, NULL);
    const char *kind = json_string_value(json_object_get(status, "kind"));
    char text[EXCERPT_BYTES];

    if (streq(kind, "Status")) {
        kube_status_error(status, code, err);
    } else {
        excerpt(body, len, text);
        error_set(err, kube_status_kind(code), "%s: HTTP status %d%s%s", what, code,
                  text[0] ? ": " : "", text);
        error_set_code(*err, code);
    }
    json_decref(status);
    if (retry_after_ms > 0)
        error_set_retry_after_ms(*err, retry_after_ms);
    return -1;
}
