/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oauth: the token endpoints of OAuth 2 (RFC 6749): Google, which takes an assertion signed with
 * the key of a service account (RFC 7523), and Azure, which takes the secret of a service
 * principal or the token that Kubernetes gave the Pod. Argo CD shows Google's token as the password
 * of the account and Azure's as a bearer token; scopes and resource are its own.
 */
#include "daemon/signin/method.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "lib/kube/resource.h"
#include "lib/net/jwt.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#define ASSERTION_S 3600
#define CLOCK_DRIFT_S 60
#define GOOGLE_SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define GOOGLE_GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define AZURE_DEVOPS_SCOPE "499b84ac-1321-427f-aa17-267ca6975798/.default"
#define AZURE_ASSERTION "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define MAX_POD_TOKEN_BYTES (64u << 10)
/* Where the server does not say. */
#define DEFAULT_LIFETIME_S 3600

/* ---- forms ---- */

static void put_field(struct signin_call *call, const char *name, const char *value)
{
    struct buf *form = &call->body;

    buf_printf(form, "%s%s=", form->len ? "&" : "", name);
    url_put_encoded(form, value);
}

static void begin_form(struct signin_call *call, char *url)
{
    call->method = "POST";
    call->url = url;
    strvec_push(&call->headers, "Content-Type: application/x-www-form-urlencoded");
    strvec_push(&call->headers, "Accept: application/json");
}

static int read_answer(const json_t *answer, struct signin_token *token, struct error **err)
{
    const char *text = json_string_value(json_object_get(answer, "access_token"));
    const json_t *lifetime = json_object_get(answer, "expires_in");
    long long seconds = json_is_string(lifetime)    ? atoll(json_string_value(lifetime))
                        : json_is_integer(lifetime) ? json_integer_value(lifetime)
                                                    : DEFAULT_LIFETIME_S;

    if (!text)
        return error_set(err, ERROR_UNAVAILABLE, "the answer holds no access_token");
    token->text = xstrdup(text);
    token->lifetime_ms = seconds > 0 && seconds < INT32_MAX ? (uint64_t)seconds * 1000 : 0;
    return 0;
}

/* ---- Google ---- */

static int google_assert(const struct signin_spec *spec, char **assertion, struct error **err)
{
    long long now = time_wall_ms() / 1000 - CLOCK_DRIFT_S;
    cleanup_json json_t *claims =
        json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", spec->id, "scope", GOOGLE_SCOPE, "aud",
                  spec->server, "iat", (json_int_t)now, "exp", (json_int_t)(now + ASSERTION_S));
    cleanup_free char *text = json_dumps(claims, JSON_COMPACT);

    if (!text)
        return error_set(err, ERROR_INVALID, "gcpServiceAccountKey is not UTF-8");
    if (jwt_sign(spec->key, spec->key_id, text, assertion, err) < 0)
        return error_wrap(err, "the private_key of gcpServiceAccountKey cannot be used");
    return 0;
}

static void google_ask_token(const struct signin_state *s, struct signin_call *call)
{
    begin_form(call, xstrdup(s->spec->server));
    put_field(call, "grant_type", GOOGLE_GRANT);
    put_field(call, "assertion", s->assertion);
}

static int google_read_token(const struct signin_state *s, const json_t *answer,
                             struct signin_token *token, struct error **err)
{
    if (read_answer(answer, token, err) < 0)
        return -1;
    token->username = xstrdup(s->spec->id);
    return 0;
}

const struct signin_method signin_google = {
    .assert_identity = google_assert,
    .ask_token = google_ask_token,
    .read_token = google_read_token,
    .if_denied = "check that the key in gcpServiceAccountKey still exists, and the clock of this "
                 "machine",
    .if_missing = "check token_uri of gcpServiceAccountKey",
};

/* ---- Azure ---- */

static void begin_azure(const struct signin_state *s, struct signin_call *call)
{
    begin_form(call, xasprintf("%s/%s/oauth2/v2.0/token", s->spec->server, s->spec->tenant));
    put_field(call, "grant_type", "client_credentials");
    put_field(call, "scope", AZURE_DEVOPS_SCOPE);
    put_field(call, "client_id", s->spec->id);
}

static int azure_read_token(const struct signin_state *s, const json_t *answer,
                            struct signin_token *token, struct error **err)
{
    (void)s;
    return read_answer(answer, token, err);
}

/* Kubernetes writes a new one from time to time. */
static int read_pod_token(const struct signin_spec *spec, char **assertion, struct error **err)
{
    FILE *f = fopen(spec->key, "re");
    char *text;
    size_t len;

    if (!f)
        return error_set(err, ERROR_DENIED, "AZURE_FEDERATED_TOKEN_FILE %s cannot be read: %s",
                         spec->key, strerror(errno));
    text = xcalloc(1, MAX_POD_TOKEN_BYTES + 1);
    len = fread(text, 1, MAX_POD_TOKEN_BYTES, f);
    fclose(f);
    while (len && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    if (!len) {
        free(text);
        return error_set(err, ERROR_DENIED, "AZURE_FEDERATED_TOKEN_FILE %s is empty", spec->key);
    }
    *assertion = text;
    return 0;
}

static void workload_ask_token(const struct signin_state *s, struct signin_call *call)
{
    begin_azure(s, call);
    put_field(call, "client_assertion_type", AZURE_ASSERTION);
    put_field(call, "client_assertion", s->assertion);
}

const struct signin_method signin_azure_workload = {
    .assert_identity = read_pod_token,
    .ask_token = workload_ask_token,
    .read_token = azure_read_token,
    .if_denied = "check the federated credential of AZURE_CLIENT_ID: issuer and subject must be "
                 "those of the Pod's ServiceAccount",
    .if_missing = "check AZURE_TENANT_ID and AZURE_AUTHORITY_HOST",
};

static void principal_ask_token(const struct signin_state *s, struct signin_call *call)
{
    begin_azure(s, call);
    put_field(call, "client_secret", s->spec->key);
}

const struct signin_method signin_azure_principal = {
    .ask_token = principal_ask_token,
    .read_token = azure_read_token,
    .if_denied = "check the client id, the tenant id and whether the client secret of the service "
                 "principal has expired",
    .if_missing = "check the tenant id and azureActiveDirectoryEndpoint",
};
