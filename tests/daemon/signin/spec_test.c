/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/signin/spec.h"

#include "lib/base/base64.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

/* A Secret with these plain texts; single quotes stand for double ones, a backquote for itself in a
 * value. */
static json_t *secret(const char *fields)
{
    cleanup_free char *text = xstrdup(fields);
    json_t *data = json_object();
    const char *key;
    json_t *value;

    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    cleanup_json json_t *plain = json_loads(text, 0, NULL);
    if (!plain)
        fail_msg("not JSON: %s", fields);
    json_object_foreach (plain, key, value) {
        cleanup_free char *spelled = xstrdup(json_string_value(value));

        for (char *c = spelled; *c; c++)
            if (*c == '`')
                *c = '"';
        cleanup_free char *encoded = base64_encode(spelled, strlen(spelled));
        json_object_set_new(data, key, json_string(encoded));
    }
    return json_pack("{s:{s:s}, s:o}", "metadata", "name", "s", "data", data);
}

#define GITHUB "'githubAppID': '12', 'githubAppPrivateKey': 'pem'"
#define GOOGLE                                                                                     \
    "'gcpServiceAccountKey': '{`type`: `service_account`, `client_email`: `a@b`, "                 \
    "`private_key`: `pem`, `private_key_id`: `k1`}'"
#define WORKLOAD "'useAzureWorkloadIdentity': 'true'"
#define PRINCIPAL                                                                                  \
    "'azureServicePrincipalClientSecret': 's', 'azureServicePrincipalClientId': 'c', "             \
    "'azureServicePrincipalTenantId': 't'"
#define TEMPLATE                                                                                   \
    "'azureServicePrincipalClientSecret': 's', 'azureServicePrincipalClientID': 'c', "             \
    "'azureServicePrincipalTenantID': 't'"

static void set_workload(void)
{
    setenv("AZURE_FEDERATED_TOKEN_FILE", "/run/token", 1);
    setenv("AZURE_CLIENT_ID", "client", 1);
    setenv("AZURE_TENANT_ID", "tenant", 1);
    unsetenv("AZURE_AUTHORITY_HOST");
}

TEST(what_a_secret_says)
{
    static const struct {
        const char *fields;
        bool is_template;
        const char *said; /* kind, server, id, installation, tenant, key, key id */
    } rows[] = {
        {"{'password': 'p'}", false, "none"},
        {"{'useAzureWorkloadIdentity': 'false'}", false, "none"},
        {"{'githubAppPrivateKey': ''}", false, "none"},
        {"{" GITHUB "}", false, "0 https://api.github.com 12 - - pem -"},
        {"{" GITHUB ", 'githubAppInstallationID': ' 7\\n'}", true,
         "0 https://api.github.com 12 7 - pem -"},
        {"{" GITHUB ", 'githubAppInstallationID': '0'}", false,
         "0 https://api.github.com 12 - - pem -"},
        {"{" GITHUB ", 'githubAppEnterpriseBaseUrl': 'https://ghe.example.org/'}", false,
         "0 https://ghe.example.org/api/v3 12 - - pem -"},
        {"{" GITHUB ", 'githubAppEnterpriseBaseUrl': 'https://ghe.example.org/api/v3/'}", false,
         "0 https://ghe.example.org/api/v3 12 - - pem -"},
        {"{" GITHUB ", 'githubAppEnterpriseBaseUrl': 'https://api.team.ghe.com'}", false,
         "0 https://api.team.ghe.com 12 - - pem -"},
        {"{" GOOGLE "}", true, "1 https://oauth2.googleapis.com/token a@b - - pem k1"},
        {"{'useAzureWorkloadIdentity': 'T'}", false,
         "2 https://login.microsoftonline.com client - tenant /run/token -"},
        {"{" WORKLOAD "}", true,
         "2 https://login.microsoftonline.com client - tenant /run/token -"},
        {"{" PRINCIPAL "}", false, "3 https://login.microsoftonline.com c - t s -"},
        {"{" TEMPLATE ", 'azureActiveDirectoryEndpoint': 'https://login.example.org/'}", true,
         "3 https://login.example.org c - t s -"},
        {"{" PRINCIPAL ", " WORKLOAD ", " GOOGLE ", " GITHUB "}", false,
         "0 https://api.github.com 12 - - pem -"},
        {"{" PRINCIPAL ", " WORKLOAD ", " GOOGLE "}", false,
         "1 https://oauth2.googleapis.com/token a@b - - pem k1"},
        {"{" PRINCIPAL ", " WORKLOAD "}", false,
         "2 https://login.microsoftonline.com client - tenant /run/token -"},
    };

    set_workload();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *s = secret(rows[i].fields);
        cleanup_signin_spec struct signin_spec *spec = NULL;
        cleanup_error struct error *err = NULL;

        EXPECT_OK(signin_spec_parse(s, rows[i].is_template, &spec, &err));
        cleanup_signin_spec struct signin_spec *copy = spec ? signin_spec_copy(spec) : NULL;
        cleanup_free char *said =
            copy ? xasprintf("%d %s %s %s %s %s %s", (int)copy->kind, copy->server, copy->id,
                             copy->installation ? copy->installation : "-",
                             copy->tenant ? copy->tenant : "-", copy->key,
                             copy->key_id ? copy->key_id : "-")
                 : xstrdup("none");
        if (!streq(said, rows[i].said))
            fail_msg("%s: %s", rows[i].fields, said);
    }
}

TEST(what_is_wrong_with_a_secret)
{
    static const struct {
        const char *fields;
        bool is_template;
        const char *why;
    } rows[] = {
        {"{'githubAppPrivateKey': 'pem'}", false, "githubAppID is missing"},
        {"{'githubAppPrivateKey': 'pem', 'githubAppID': 'me'}", false,
         "githubAppID is not a number"},
        {"{" GITHUB ", 'githubAppInstallationID': '../7'}", false,
         "githubAppInstallationID is not a number"},
        {"{" GITHUB ", 'githubAppEnterpriseBaseUrl': 'ghe.example.org'}", false,
         "githubAppEnterpriseBaseUrl is not the URL of a server"},
        {"{" GITHUB ", 'githubAppEnterpriseBaseUrl': 'https://'}", false, "is not the URL"},
        {"{" GITHUB ", 'githubAppEnterpriseBaseUrl': 'https:///'}", false, "is not the URL"},
        {"{" GITHUB ", 'githubAppEnterpriseBaseUrl': 'https://u:p@ghe'}", false, "is not the URL"},
        {"{'gcpServiceAccountKey': 'pem'}", false, "gcpServiceAccountKey is not the JSON"},
        {"{'gcpServiceAccountKey': '{`type`: `authorized_user`}'}", false,
         "not the key of a service account"},
        {"{'gcpServiceAccountKey': '{`type`: `service_account`, `client_email`: `a@b`}'}", false,
         "private_key of gcpServiceAccountKey is missing"},
        {"{" PRINCIPAL "}", true, "azureServicePrincipalClientID is missing"},
        {"{" TEMPLATE "}", false, "azureServicePrincipalClientId is missing"},
        {"{'azureServicePrincipalClientSecret': 's', 'azureServicePrincipalClientId': 'c', "
         "'azureServicePrincipalTenantId': 'a/b'}",
         false, "azureServicePrincipalTenantId holds other than"},
        {"{" WORKLOAD "}", false, "AZURE_FEDERATED_TOKEN_FILE is missing"},
    };

    unsetenv("AZURE_FEDERATED_TOKEN_FILE");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *s = secret(rows[i].fields);
        cleanup_error struct error *err = NULL;
        struct signin_spec *spec = NULL;

        if (signin_spec_parse(s, rows[i].is_template, &spec, &err) == 0)
            fail_msg("%s: no error", rows[i].fields);
        EXPECT_CONTAINS(error_message(err), rows[i].why);
        EXPECT_NULL(strstr(error_message(err), "pem"));
    }
}
