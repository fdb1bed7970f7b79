/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/audit.h"

#include "lib/base/time.h"
#include "lib/doc/yaml.h"

#include <stdio.h>

static const char *verb_of(const struct api_request *r)
{
    const char *method = http_call_method(r->http);

    if (streq(method, "POST"))
        return "create";
    if (streq(method, "PUT"))
        return "update";
    if (streq(method, "PATCH"))
        return "patch";
    if (streq(method, "DELETE"))
        return r->name ? "delete" : "deletecollection";
    if (http_query_is_true(r->http, "watch"))
        return "watch";
    return r->name ? "get" : "list";
}

static const char *user_of(const struct api_request *r)
{
    const char *given = http_call_header(r->http, "Authorization");

    return given && str_has_prefix(given, "Bearer ") ? given + strlen("Bearer ") : "anonymous";
}

static void put(json_t *object, const char *key, const char *value)
{
    if (value && *value)
        json_object_set_new(object, key, json_string(value));
}

void audit_write(const struct api_request *r)
{
    char now[TIME_RFC3339_BYTES];
    json_t *about = json_object();
    cleanup_json json_t *event = NULL;
    cleanup_free char *text = NULL;

    time_format_rfc3339_ms(time_wall_ms(), now);
    put(about, "resource", r->kind->plural);
    put(about, "namespace", r->ns);
    put(about, "name", r->name);
    put(about, "apiGroup", r->kind->group);
    put(about, "apiVersion", r->kind->version);
    put(about, "subresource", r->subresource);
    event = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:o, s:{s:i}, s:s}", "kind", "Event",
                      "apiVersion", "audit.k8s.io/v1", "stage", "ResponseComplete", "requestURI",
                      http_call_uri(r->http), "verb", verb_of(r), "user", "username", user_of(r),
                      "objectRef", about, "responseStatus", "code", http_call_status(r->http),
                      "stageTimestamp", now);
    text = json_dumps(event, JSON_COMPACT);
    fprintf(r->s->audit, "%s\n", text);
    fflush(r->s->audit);
}
