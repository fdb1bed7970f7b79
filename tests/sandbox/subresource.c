/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/subresource.h"

#include "lib/base/time.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/refusal.h"

#define TOKEN_S 3600
#define TOKEN_MIN_S 600
#define TOKEN_MAX_S (1LL << 32)

/* False, and the request is answered: there is no such object. */
static bool is_there(struct api_request *r)
{
    json_t *refused = NULL;

    if (store_find(r->kind->collection, r->ns, r->name))
        return true;
    refuse_not_found(&refused, r->kind, r->name);
    api_refuse(r->http, refused);
    return false;
}

static void serve_log(struct api_request *r)
{
    if (is_there(r))
        http_answer(r->http, 200, "text/plain",
                    xstrdup("This Pod is simulated: nothing runs in it.\n"));
}

/* exec, attach, port-forward. */
static void serve_nothing(struct api_request *r)
{
    json_t *refused = NULL;

    if (!is_there(r))
        return;
    refuse_bad_request(&refused, "pod %s is simulated: nothing runs in it", r->name);
    api_refuse(r->http, refused);
}

/* Of a ServiceAccount. What it may do is not looked at: the token is one that is good here. */
static void serve_token(struct api_request *r)
{
    cleanup_json json_t *body = NULL;
    json_t *refused = NULL;
    json_int_t seconds;
    char until[TIME_RFC3339_BYTES];

    if (!is_there(r))
        return;
    if (api_body(r, &body, &refused) == 0 && !json_is_object(body))
        refuse_bad_request(&refused, "the body of the request is no object");
    if (refused) {
        api_refuse(r->http, refused);
        return;
    }
    if (!json_object_get(json_object_get(body, "spec"), "expirationSeconds"))
        place_put(body, ".spec.expirationSeconds", json_integer(TOKEN_S));
    seconds = json_integer_value(place_at(body, ".spec.expirationSeconds"));
    if (seconds < TOKEN_MIN_S || seconds > TOKEN_MAX_S) {
        json_t *causes = json_array();

        cause_add(causes, "FieldValueInvalid", "spec.expirationSeconds", "%lld: %s",
                  (long long)seconds,
                  seconds < TOKEN_MIN_S ? "may not specify a duration less than 10 minutes"
                                        : "may not specify a duration larger than 2^32 seconds");
        refuse_invalid(&refused, r->kind, "", causes);
        api_refuse(r->http, refused);
        return;
    }
    time_format_rfc3339(time_wall_ms() + seconds * 1000, until);
    place_put(body, ".status.token", json_string(r->s->token ? r->s->token : "sandbox"));
    place_put(body, ".status.expirationTimestamp", json_string(until));
    place_put(body, ".metadata.name", json_string(r->name));
    place_put(body, ".metadata.namespace", json_string(r->ns));
    json_object_set_new(body, "kind", json_string("TokenRequest"));
    json_object_set_new(body, "apiVersion", json_string("authentication.k8s.io/v1"));
    api_answer(r->http, 201, TAKE(body));
}

/* clang-format off */
static const struct subresource table[] = {
    {"namespaces", "finalize", "update", NULL, NULL, "Namespace", NULL},
    {"pods", "attach", "create,get", NULL, NULL, "PodAttachOptions", serve_nothing},
    {"pods", "eviction", "create", "policy", "v1", "Eviction", api_evict},
    {"pods", "exec", "create,get", NULL, NULL, "PodExecOptions", serve_nothing},
    {"pods", "log", "get", NULL, NULL, "Pod", serve_log},
    {"pods", "portforward", "create,get", NULL, NULL, "PodPortForwardOptions", serve_nothing},
    {"serviceaccounts", "token", "create", "authentication.k8s.io", "v1", "TokenRequest", serve_token},
};
/* clang-format on */

const struct subresource *subresource_next(const struct kind *kind, size_t *it)
{
    while (!*kind->group && *it < ARRAY_LEN(table)) {
        const struct subresource *found = &table[(*it)++];

        if (streq(found->of, kind->plural))
            return found;
    }
    return NULL;
}

const struct subresource *subresource_find(const struct kind *kind, const char *name)
{
    const struct subresource *found;
    size_t it = 0;

    while ((found = subresource_next(kind, &it)))
        if (streq(found->name, name))
            return found;
    return NULL;
}
