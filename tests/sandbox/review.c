/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about rights and tokens: the sandbox allows everything, and knows everybody. */
#include "tests/sandbox/api.h"
#include "tests/sandbox/refusal.h"

#define USER "sandbox"

static json_t *user(void)
{
    return json_pack("{s:s, s:[s, s]}", "username", USER, "groups", "system:masters",
                     "system:authenticated");
}

static json_t *status_of(const char *kind)
{
    if (streq(kind, "TokenReview"))
        return json_pack("{s:b, s:o}", "authenticated", 1, "user", user());
    if (streq(kind, "SelfSubjectReview"))
        return json_pack("{s:o}", "userInfo", user());
    if (streq(kind, "SelfSubjectRulesReview"))
        return json_pack("{s:[{s:[s], s:[s], s:[s]}], s:[{s:[s], s:[s]}], s:b}", "resourceRules",
                         "verbs", "*", "apiGroups", "*", "resources", "*", "nonResourceRules",
                         "verbs", "*", "nonResourceURLs", "*", "incomplete", 0);
    return json_pack("{s:b, s:s}", "allowed", 1, "reason", "the sandbox allows everything");
}

void api_review(struct api_request *r)
{
    json_t *body = NULL, *refused = NULL;

    if (!streq(http_call_method(r->http), "POST"))
        refuse(&refused, 405, "MethodNotAllowed", NULL,
               "the server does not allow this method on the requested resource");
    else if (api_body(r, &body, &refused) == 0 && !json_is_object(body))
        refuse_bad_request(&refused, "the body of the request is no object");
    if (refused) {
        json_decref(body);
        api_refuse(r->http, refused);
        return;
    }
    json_object_set_new(body, "status", status_of(r->kind->kind));
    api_answer(r->http, 201, body);
}
