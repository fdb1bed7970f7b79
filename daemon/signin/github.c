/* SPDX-License-Identifier: Apache-2.0 */
/*
 * github: an installation of a GitHub App. The App proves with its key that it is itself, and gets
 * a token of an hour for one of its installations. Source: docs.github.com, "Generating an
 * installation access token for a GitHub App"; Argo CD, which looks for the installation of the
 * repository's owner where the Secret names none.
 */
#include "daemon/signin/method.h"
#include "lib/base/time.h"
#include "lib/net/jwt.h"

#include <strings.h>

/* GitHub takes at most ten minutes, and is told an earlier beginning for clocks that differ. */
#define ASSERTION_S 540
#define CLOCK_DRIFT_S 60
#define PAGE_LEN 100
#define MAX_PAGES 100

static int github_assert(const struct signin_spec *spec, char **assertion, struct error **err)
{
    long long now = time_wall_ms() / 1000;
    cleanup_free char *claims = xasprintf("{\"iat\":%lld,\"exp\":%lld,\"iss\":\"%s\"}",
                                          now - CLOCK_DRIFT_S, now + ASSERTION_S, spec->id);

    if (jwt_sign(spec->key, NULL, claims, assertion, err) < 0)
        return error_wrap(err, "githubAppPrivateKey cannot be used");
    return 0;
}

static void put_headers(const struct signin_state *s, struct signin_call *call)
{
    strvec_pushf(&call->headers, "Authorization: Bearer %s", s->assertion);
    strvec_push(&call->headers, "Accept: application/vnd.github+json");
}

static void github_ask_installation(const struct signin_state *s, struct signin_call *call)
{
    call->method = "GET";
    call->url =
        xasprintf("%s/app/installations?per_page=%d&page=%u", s->spec->server, PAGE_LEN, s->page);
    put_headers(s, call);
}

static int github_read_installation(const struct signin_state *s, const json_t *answer,
                                    char **installation, struct error **err)
{
    const json_t *item;
    size_t i;

    json_array_foreach (answer, i, item) {
        const char *login =
            json_string_value(json_object_get(json_object_get(item, "account"), "login"));
        const json_t *id = json_object_get(item, "id");

        if (login && json_is_integer(id) && strcasecmp(login, s->owner) == 0) {
            *installation = xasprintf("%lld", (long long)json_integer_value(id));
            return 0;
        }
    }
    if (json_array_size(answer) >= PAGE_LEN && s->page < MAX_PAGES)
        return 0;
    return error_set(err, ERROR_DENIED,
                     "the App is not installed for %s: install it there, or give "
                     "githubAppInstallationID",
                     s->owner);
}

static void github_ask_token(const struct signin_state *s, struct signin_call *call)
{
    call->method = "POST";
    call->url =
        xasprintf("%s/app/installations/%s/access_tokens", s->spec->server, s->installation);
    put_headers(s, call);
}

static int github_read_token(const struct signin_state *s, const json_t *answer,
                             struct signin_token *token, struct error **err)
{
    const char *text = json_string_value(json_object_get(answer, "token"));
    const char *ends = json_string_value(json_object_get(answer, "expires_at"));
    int64_t ends_ms = 0, lifetime_ms;

    (void)s;
    if (!text || !ends || time_parse_rfc3339(ends, &ends_ms, err) < 0) {
        error_free(TAKE(*err));
        return error_set(err, ERROR_UNAVAILABLE, "the answer holds no token with an end");
    }
    lifetime_ms = ends_ms - time_wall_ms();
    token->text = xstrdup(text);
    token->username = xstrdup("x-access-token");
    token->lifetime_ms = lifetime_ms > 0 ? (uint64_t)lifetime_ms : 0;
    return 0;
}

const struct signin_method signin_github = {
    .assert_identity = github_assert,
    .ask_installation = github_ask_installation,
    .read_installation = github_read_installation,
    .ask_token = github_ask_token,
    .read_token = github_read_token,
    .if_denied = "check githubAppID, githubAppPrivateKey and the clock of this machine",
    .if_missing = "check githubAppInstallationID and githubAppEnterpriseBaseUrl; without "
                  "githubAppInstallationID the installation is found by the repository's owner",
};
