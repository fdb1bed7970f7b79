/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/signin/spec.h"

#include "daemon/object/identity.h"
#include "daemon/object/secret.h"
#include "lib/doc/yaml.h"
#include "lib/git/git.h"

#include <ctype.h>

#define GITHUB_API "https://api.github.com"
#define ENTERPRISE_PATH "/api/v3"
#define GOOGLE_TOKENS "https://oauth2.googleapis.com/token"
#define AZURE_AUTHORITY "https://login.microsoftonline.com"

/* ---- one value ---- */

/* Without blanks and line ends around it; NULL where nothing is left. */
static char *trimmed(char *value)
{
    size_t skip, len;

    if (!value)
        return NULL;
    skip = strspn(value, " \t\r\n");
    len = strlen(value + skip);
    while (len && isspace((unsigned char)value[skip + len - 1]))
        len--;
    memmove(value, value + skip, len);
    value[len] = '\0';
    if (!len)
        free(TAKE(value));
    return value;
}

static char *take(const json_t *secret, const char *key)
{
    return trimmed(secret_value(secret, key));
}

static int check_number(const char *key, const char *value, struct error **err)
{
    if (value && value[strspn(value, "0123456789")])
        return error_set(err, ERROR_INVALID, "%s is not a number", key);
    return 0;
}

/* A part of a URL's path, or what else goes into a request as it stands. */
static int check_name(const char *key, const char *value, struct error **err)
{
    for (const char *c = value; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-._", *c))
            return error_set(err, ERROR_INVALID,
                             "%s holds other than letters, digits, '-', '.', '_'", key);
    return 0;
}

/* Takes `url`; NULL: the default. */
static int set_server(struct signin_spec *spec, const char *key, char *url, const char *standard,
                      struct error **err)
{
    const char *host;
    size_t len;

    spec->server = url ? url : xstrdup(standard);
    host = str_has_prefix(spec->server, "https://")  ? spec->server + strlen("https://")
           : str_has_prefix(spec->server, "http://") ? spec->server + strlen("http://")
                                                     : "";
    if (!*host || strchr("/?#:", *host) || spec->server[strcspn(spec->server, " \t\r\n\"'@")])
        return error_set(err, ERROR_INVALID, "%s is not the URL of a server", key);
    for (len = strlen(spec->server); spec->server[len - 1] == '/';)
        spec->server[--len] = '\0';
    return 0;
}

static int need(const char *key, const char *value, struct error **err)
{
    return value ? 0 : error_set(err, ERROR_INVALID, "%s is missing", key);
}

/* ---- the kinds ---- */

/* The address of an enterprise server alone means its API. */
static void add_enterprise_path(struct signin_spec *spec)
{
    const char *host = strstr(spec->server, "://") + 3;
    char *with_path;

    if (strchr(host, '/') || str_has_prefix(host, "api.") || strstr(host, ".api."))
        return;
    with_path = xasprintf("%s" ENTERPRISE_PATH, spec->server);
    free(spec->server);
    spec->server = with_path;
}

static int parse_github(struct signin_spec *spec, const json_t *secret, bool is_template,
                        struct error **err)
{
    (void)is_template;
    spec->key = take(secret, "githubAppPrivateKey");
    spec->id = take(secret, "githubAppID");
    spec->installation = take(secret, "githubAppInstallationID");
    if (spec->installation && spec->installation[strspn(spec->installation, "0")] == '\0')
        free(TAKE(spec->installation)); /* 0 is none */
    if (need("githubAppPrivateKey", spec->key, err) < 0 || need("githubAppID", spec->id, err) < 0 ||
        check_number("githubAppID", spec->id, err) < 0 ||
        check_number("githubAppInstallationID", spec->installation, err) < 0 ||
        set_server(spec, "githubAppEnterpriseBaseUrl", take(secret, "githubAppEnterpriseBaseUrl"),
                   GITHUB_API, err) < 0)
        return -1;
    add_enterprise_path(spec);
    return 0;
}

/* The file that Google gives out for a key of a service account. */
static int parse_google(struct signin_spec *spec, const json_t *secret, bool is_template,
                        struct error **err)
{
    char *text = secret_value(secret, "gcpServiceAccountKey");
    cleanup_json json_t *file = json_loads(text ? text : "", 0, NULL);
    const char *type = json_string_value(json_object_get(file, "type"));

    (void)is_template;
    git_secret_free(text);
    if (!json_is_object(file))
        return error_set(err, ERROR_INVALID, "gcpServiceAccountKey is not the JSON of a key file");
    if (!streq(type, "service_account"))
        return error_set(err, ERROR_INVALID,
                         "gcpServiceAccountKey is not the key of a service account (its type is "
                         "not \"service_account\")");
    spec->id = xstrdup(json_string_value(json_object_get(file, "client_email")));
    spec->key = xstrdup(json_string_value(json_object_get(file, "private_key")));
    spec->key_id = trimmed(xstrdup(json_string_value(json_object_get(file, "private_key_id"))));
    if (need("client_email of gcpServiceAccountKey", spec->id, err) < 0 ||
        need("private_key of gcpServiceAccountKey", spec->key, err) < 0)
        return -1;
    if (spec->key_id && check_name("private_key_id of gcpServiceAccountKey", spec->key_id, err) < 0)
        return -1;
    return set_server(spec, "token_uri of gcpServiceAccountKey",
                      trimmed(xstrdup(json_string_value(json_object_get(file, "token_uri")))),
                      GOOGLE_TOKENS, err);
}

static char *take_env(const char *name)
{
    return trimmed(xstrdup(getenv(name)));
}

/* What the webhook of Azure Workload Identity puts into a Pod. */
static int parse_workload(struct signin_spec *spec, const json_t *secret, bool is_template,
                          struct error **err)
{
    (void)secret;
    (void)is_template;
    spec->key = take_env("AZURE_FEDERATED_TOKEN_FILE");
    spec->id = take_env("AZURE_CLIENT_ID");
    spec->tenant = take_env("AZURE_TENANT_ID");
    if (need("the environment variable AZURE_FEDERATED_TOKEN_FILE", spec->key, err) < 0 ||
        need("the environment variable AZURE_CLIENT_ID", spec->id, err) < 0 ||
        need("the environment variable AZURE_TENANT_ID", spec->tenant, err) < 0)
        return error_wrap(err, "the Pod has no Azure workload identity: label it "
                               "azure.workload.identity/use=true and annotate its ServiceAccount");
    if (check_name("AZURE_TENANT_ID", spec->tenant, err) < 0)
        return -1;
    return set_server(spec, "AZURE_AUTHORITY_HOST", take_env("AZURE_AUTHORITY_HOST"),
                      AZURE_AUTHORITY, err);
}

static int parse_principal(struct signin_spec *spec, const json_t *secret, bool is_template,
                           struct error **err)
{
    const char *client =
        is_template ? "azureServicePrincipalClientID" : "azureServicePrincipalClientId";
    const char *tenant =
        is_template ? "azureServicePrincipalTenantID" : "azureServicePrincipalTenantId";

    spec->key = take(secret, "azureServicePrincipalClientSecret");
    spec->id = take(secret, client);
    spec->tenant = take(secret, tenant);
    if (need("azureServicePrincipalClientSecret", spec->key, err) < 0 ||
        need(client, spec->id, err) < 0 || need(tenant, spec->tenant, err) < 0 ||
        check_name(tenant, spec->tenant, err) < 0)
        return -1;
    return set_server(spec, "azureActiveDirectoryEndpoint",
                      take(secret, "azureActiveDirectoryEndpoint"), AZURE_AUTHORITY, err);
}

/* ---- all of them, in the order in which they count ---- */

static const struct {
    const char *key, *text;
    int (*parse)(struct signin_spec *spec, const json_t *secret, bool is_template,
                 struct error **err);
} kinds[] = {
    [SIGNIN_GITHUB_APP] = {"githubAppPrivateKey", "a GitHub App", parse_github},
    [SIGNIN_GOOGLE] = {"gcpServiceAccountKey", "a Google service account", parse_google},
    [SIGNIN_AZURE_WORKLOAD] = {"useAzureWorkloadIdentity", "an Azure workload identity",
                               parse_workload},
    [SIGNIN_AZURE_SECRET] = {"azureServicePrincipalClientSecret", "an Azure service principal",
                             parse_principal},
};

static bool is_asked_for(const json_t *secret, enum signin_kind kind)
{
    char *value = secret_filled(secret, kinds[kind].key);
    bool asked =
        kind == SIGNIN_AZURE_WORKLOAD ? secret_flag(secret, kinds[kind].key) : value != NULL;

    git_secret_free(value);
    return asked;
}

int signin_spec_parse(const json_t *secret, bool is_template, struct signin_spec **out,
                      struct error **err)
{
    *out = NULL;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        cleanup_signin_spec struct signin_spec *spec = NULL;

        if (!is_asked_for(secret, i))
            continue;
        spec = xcalloc(1, sizeof(*spec));
        spec->kind = i;
        spec->secret = xstrdup(object_meta_string(secret, "name"));
        if (kinds[i].parse(spec, secret, is_template, err) < 0)
            return -1;
        *out = TAKE(spec);
        return 0;
    }
    return 0;
}

struct signin_spec *signin_spec_copy(const struct signin_spec *spec)
{
    struct signin_spec *copy = xmalloc(sizeof(*copy));

    *copy = (struct signin_spec){
        .kind = spec->kind,
        .secret = xstrdup(spec->secret),
        .server = xstrdup(spec->server),
        .id = xstrdup(spec->id),
        .installation = xstrdup(spec->installation),
        .tenant = xstrdup(spec->tenant),
        .key = xstrdup(spec->key),
        .key_id = xstrdup(spec->key_id),
    };
    return copy;
}

void signin_spec_free(struct signin_spec *spec)
{
    if (!spec)
        return;
    free(spec->secret);
    free(spec->server);
    free(spec->id);
    free(spec->installation);
    free(spec->tenant);
    git_secret_free(spec->key);
    free(spec->key_id);
    free(spec);
}

const char *signin_kind_text(enum signin_kind kind)
{
    return kinds[kind].text;
}
