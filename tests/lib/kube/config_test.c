/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/config.h"

#include "lib/base/base64.h"
#include "tests/test.h"

#include <stdlib.h>

/* One directory for all tests of this program. */
static const char *root(void)
{
    static const char *dir;

    if (!dir)
        dir = test_tmpdir();
    return dir;
}

#define PEM "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nSECRETKEY\n-----END PRIVATE KEY-----\n"

static char *write_config(const char *name, const char *text)
{
    test_write_file(root(), name, text);
    return xasprintf("%s/%s", root(), name);
}

static struct kube_config *load(const char *text)
{
    cleanup_free char *path = write_config("kube/config", text);
    cleanup_error struct error *err = NULL;
    struct kube_config *config = NULL;

    EXPECT_OK(kube_config_load(path, NULL, &config, &err));
    return config;
}

/* The kubeconfig is refused with a message that holds `part` and no secret. */
static void expect_refused(const char *text, enum error_kind kind, const char *part)
{
    cleanup_free char *path = write_config("kube/config", text);
    cleanup_error struct error *err = NULL;
    struct kube_config *config = NULL;

    EXPECT_INT(kube_config_load(path, NULL, &config, &err), -1);
    EXPECT_NULL(config);
    EXPECT_CONTAINS(error_message(err), part);
    EXPECT_CONTAINS(error_message(err), path);
    EXPECT_NULL(strstr(error_message(err), "SECRET"));
    EXPECT_STR(error_kind_name(error_kind(err)), error_kind_name(kind));
}

/* A whole kubeconfig from the bodies of its one cluster and its one user. */
static char *with(const char *cluster, const char *user)
{
    return xasprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                     "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                     "clusters: [{name: k, cluster: {%s}}]\n"
                     "users: [{name: u, user: {%s}}]\n",
                     cluster, user);
}

#define SERVER "server: 'https://api:6443/'"

TEST(all_fields_of_a_cluster_and_a_user_are_taken)
{
    cleanup_free char *ca = base64_encode(PEM, strlen(PEM));
    cleanup_free char *key = base64_encode(KEY, strlen(KEY));
    cleanup_free char *cluster = xasprintf(
        SERVER ", certificate-authority-data: %s, tls-server-name: name, proxy-url: 'socks5://p:1'",
        ca);
    cleanup_free char *user =
        xasprintf("client-certificate-data: %s, client-key-data: %s, token: T, as: joe", ca, key);
    cleanup_free char *text = with(cluster, user);
    cleanup_kube_config struct kube_config *config = load(text);
    cleanup_kube_config struct kube_config *copy = kube_config_copy(config);

    EXPECT_STR(copy->context, "c");
    EXPECT_STR(copy->cluster, "k");
    EXPECT_STR(copy->server, "https://api:6443");
    EXPECT_STR(copy->namespace, "default");
    EXPECT_STR(copy->ca_pem, PEM);
    EXPECT_NULL(copy->ca_file);
    EXPECT_STR(copy->tls_server_name, "name");
    EXPECT_STR(copy->proxy_url, "socks5://p:1");
    EXPECT(!copy->insecure_skip_tls_verify);
    EXPECT_STR(copy->client_cert_pem, PEM);
    EXPECT_STR(copy->client_key_pem, KEY);
    EXPECT_STR(copy->token, "T");
    EXPECT_STR(copy->impersonate_user, "joe");
    EXPECT_NULL(copy->exec);
}

TEST(paths_are_relative_to_the_file_that_holds_them)
{
    cleanup_free char *text = with(SERVER ", certificate-authority: pki/ca.crt",
                                   "tokenFile: ../token, client-certificate: pki/ca.crt, "
                                   "client-key: pki/key");
    cleanup_kube_config struct kube_config *config = NULL;
    cleanup_free char *ca_file = xasprintf("%s/kube/pki/ca.crt", root());

    test_write_file(root(), "kube/pki/ca.crt", PEM);
    test_write_file(root(), "kube/pki/key", KEY);
    test_write_file(root(), "token", "T2\n");
    config = load(text);
    EXPECT_STR(config->ca_pem, PEM);
    EXPECT_STR(config->ca_file, ca_file);
    EXPECT_STR(config->client_key_pem, KEY);
    EXPECT_CONTAINS(config->client_key_file, "/kube/pki/key");
    EXPECT_CONTAINS(config->token_file, "/kube/../token");
    EXPECT_NULL(config->token);
}

TEST(an_exec_plugin_is_taken)
{
    cleanup_free char *text =
        with(SERVER ", extensions: [{name: client.authentication.k8s.io/exec, extension: "
                    "{audience: x}}]",
             "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, "
             "args: [get, token], env: [{name: A, value: b}], installHint: 'brew install login', "
             "provideClusterInfo: true, interactiveMode: IfAvailable}");
    cleanup_kube_config struct kube_config *config = load(text);
    cleanup_kube_config struct kube_config *copy = kube_config_copy(config);
    cleanup_free char *command = xasprintf("%s/kube/./bin/login", root());

    EXPECT_STR(copy->exec->command, command);
    EXPECT_INT(copy->exec->args.len, 2);
    EXPECT_STR(copy->exec->args.items[1], "token");
    EXPECT_STR(copy->exec->env.items[0], "A=b");
    EXPECT_STR(copy->exec->install_hint, "brew install login");
    EXPECT_STR(copy->exec->cluster_config_json, "{\"audience\":\"x\"}");
    EXPECT(copy->exec->provide_cluster_info);
}

TEST(what_cannot_be_honoured_is_refused)
{
    static const struct {
        const char *cluster, *user;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        {SERVER ", insecure-skip-tls-verify: true, certificate-authority-data: "
                "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",
         "", ERROR_INVALID,
         "cluster \"k\": insecure-skip-tls-verify and a certificate-authority exclude each other"},
        {SERVER ", certificate-authority-data: U0VDUkVU", "", ERROR_INVALID, "holds no PEM block"},
        {SERVER ", certificate-authority-data: '!SECRET'", "", ERROR_INVALID,
         "certificate-authority-data"},
        {SERVER ", certificate-authority: nowhere.crt", "", ERROR_NOT_FOUND,
         "certificate-authority: "},
        {"server: 'SECRET@host'", "", ERROR_INVALID, "server: expected a URL such as https://"},
        {"server: 'https://'", "", ERROR_INVALID, "server: expected a URL"},
        {"server: [12]", "", ERROR_INVALID, "server: expected a string"},
        {"", "", ERROR_INVALID, "server: missing"},
        {SERVER ", proxy-url: 'ftp://x'", "", ERROR_INVALID, "proxy-url"},
        {SERVER ", insecure-skip-tls-verify: 'SECRET'", "", ERROR_INVALID, "true or false"},
        {SERVER, "auth-provider: {name: gcp}", ERROR_UNSUPPORTED, "use an exec plugin"},
        {SERVER, "as: a, as-groups: [g]", ERROR_UNSUPPORTED, "as-groups"},
        {SERVER, "token: 'SECRET SECRET'", ERROR_INVALID, "token: holds white space"},
        {SERVER, "token: SECRET, username: u, password: SECRET", ERROR_INVALID, "keep one"},
        {SERVER, "password: SECRET", ERROR_INVALID, "without username"},
        {SERVER, "tokenFile: nowhere", ERROR_NOT_FOUND, "tokenFile"},
        {SERVER, "client-key-data: LS0tLS1CRUdJTiA=", ERROR_INVALID,
         "client-key is set without client-certificate"},
        {SERVER, "exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}",
         ERROR_UNSUPPORTED, "update the plugin"},
        {SERVER, "exec: {command: x, apiVersion: client.authentication.k8s.io/v1}", ERROR_INVALID,
         "interactiveMode: missing"},
        {SERVER,
         "exec: {command: x, interactiveMode: Always, "
         "apiVersion: client.authentication.k8s.io/v1beta1}",
         ERROR_UNSUPPORTED, "terminal"},
        {SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1}", ERROR_INVALID,
         "exec of user \"u\": command: missing"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *text = with(cases[i].cluster, cases[i].user);

        expect_refused(text, cases[i].kind, cases[i].part);
    }
}

TEST(names_that_do_not_exist_are_answered_with_those_that_do)
{
    const char *head = "clusters: [{name: k1, cluster: {server: 'https://a'}}, {name: k2}]\n"
                       "users: [{name: joe, user: {token: SECRET}}]\n"
                       "contexts: [{name: one, context: {cluster: nok, user: joe}},\n"
                       "  {name: two, context: {cluster: k1, user: nou}},\n"
                       "  {name: three, context: {user: joe}}]\n";
    cleanup_free char *unknown = xasprintf("%scurrent-context: four\n", head);
    cleanup_free char *cluster = xasprintf("%scurrent-context: one\n", head);
    cleanup_free char *user = xasprintf("%scurrent-context: two\n", head);
    cleanup_free char *none = xasprintf("%scurrent-context: three\n", head);

    expect_refused(unknown, ERROR_NOT_FOUND, "no context \"four\"; there are: one, two, three");
    expect_refused(cluster, ERROR_NOT_FOUND, "no cluster \"nok\" exists; there are: k1, k2");
    expect_refused(user, ERROR_NOT_FOUND, "no user \"nou\" exists; there are: joe");
    expect_refused(none, ERROR_INVALID, "context \"three\": cluster: missing");
    expect_refused(head, ERROR_INVALID, "no current-context is set; name one of the contexts: one");
}

TEST(a_file_that_is_no_kubeconfig_is_refused)
{
    expect_refused("- a\n", ERROR_INVALID, "is not a kubeconfig");
    expect_refused("kind: Pod\n", ERROR_INVALID, "kind is Pod, expected Config");
    expect_refused("apiVersion: v2\n", ERROR_UNSUPPORTED, "apiVersion v2, expected v1");
    expect_refused("clusters: {}\n", ERROR_INVALID, "clusters: expected a list");
    expect_refused("clusters: [{cluster: {}}]\n", ERROR_INVALID, "clusters[0]: expected a name");
    expect_refused("users: [{name: a}, {name: a}]\n", ERROR_INVALID, "\"a\" stands twice");
    expect_refused("a: [\n", ERROR_INVALID, "/kube/config:");
    expect_refused("", ERROR_INVALID, "no current-context is set");
}

TEST(of_many_files_the_first_that_sets_a_name_wins)
{
    cleanup_free char *a =
        write_config("a/config", "contexts: [{name: x, context: {cluster: k, user: u}}]\n"
                                 "clusters: [{name: k, cluster: {server: 'https://a'}}]\n");
    cleanup_free char *b = write_config(
        "b/config",
        "current-context: x\n"
        "contexts: [{name: z, context: {cluster: k}},\n"
        "           {name: x, context: {cluster: other, namespace: 12}}]\n"
        "clusters: [{name: k, cluster: {server: 'https://b', insecure-skip-tls-verify: true}}]\n"
        "users: [{name: u, user: {username: joe}}]\n");
    cleanup_free char *list = xasprintf("%s:/nowhere/config::%s:%s", a, b, a);
    cleanup_kube_config struct kube_config *config = NULL;
    cleanup_error struct error *err = NULL;
    cleanup_strvec struct strvec names = {0};

    setenv("KUBECONFIG", list, 1);
    EXPECT_OK(kube_config_load(NULL, NULL, &config, &err));
    EXPECT_OK(kube_config_contexts(NULL, &names, &err));
    unsetenv("KUBECONFIG");
    EXPECT_STR(config->context, "x");
    EXPECT_STR(config->server, "https://a");
    EXPECT(!config->insecure_skip_tls_verify); /* whole entries win, they do not mix */
    EXPECT_STR(config->namespace, "default");
    EXPECT_STR(config->username, "joe");
    EXPECT_STR(config->password, "");
    EXPECT_INT(names.len, 2);
    EXPECT_STR(names.items[0], "x");
    EXPECT_STR(names.items[1], "z");
}

TEST(the_context_may_be_named)
{
    cleanup_free char *path =
        write_config("kube/config", "current-context: a\n"
                                    "contexts: [{name: a, context: {cluster: k}},\n"
                                    "           {name: b, context: {cluster: k, namespace: 12}}]\n"
                                    "clusters: [{name: k, cluster: {server: 'http://[::1]:8'}}]\n");
    cleanup_kube_config struct kube_config *config = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(kube_config_load(path, "b", &config, &err));
    EXPECT_STR(config->context, "b");
    EXPECT_STR(config->namespace, "12"); /* as kubectl reads it */
    EXPECT_STR(config->server, "http://[::1]:8");
}

TEST(an_explicit_file_must_exist)
{
    cleanup_kube_config struct kube_config *config = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_INT(kube_config_load("/nowhere/config", NULL, &config, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_NOT_FOUND);
    EXPECT_CONTAINS(error_message(err), "load kubeconfig: /nowhere/config: ");
}

TEST(without_any_file_a_pod_is_tried)
{
    cleanup_kube_config struct kube_config *config = NULL;
    cleanup_error struct error *err = NULL;
    cleanup_error struct error *named = NULL;

    setenv("KUBECONFIG", "/nowhere/config", 1);
    unsetenv("KUBERNETES_SERVICE_HOST");
    EXPECT_INT(kube_config_load(NULL, NULL, &config, &err), -1);
    EXPECT_INT(kube_config_load(NULL, "x", &config, &named), -1);
    unsetenv("KUBECONFIG");
    EXPECT_CONTAINS(error_message(err), "no kubeconfig exists (/nowhere/config)");
    EXPECT_CONTAINS(error_message(err), "this is no Pod: name one with --kubeconfig");
    EXPECT_CONTAINS(error_message(named), "no context \"x\"");
}

TEST(a_pod_has_its_service_account)
{
    cleanup_free char *dir = xasprintf("%s/sa", root());
    cleanup_kube_config struct kube_config *config = NULL;
    cleanup_kube_config struct kube_config *second = NULL;
    cleanup_error struct error *err = NULL;

    test_write_file(root(), "sa/token", "T\n");
    test_write_file(root(), "sa/ca.crt", PEM);
    test_write_file(root(), "sa/namespace", "gitops\n");
    setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    EXPECT_OK(kube_config_in_cluster(dir, &config, &err));
    EXPECT_STR(config->server, "https://[fd00::1]:443");
    EXPECT_STR(config->context, "in-cluster");
    EXPECT_STR(config->namespace, "gitops");
    EXPECT_STR(config->ca_pem, PEM);
    EXPECT_CONTAINS(config->token_file, "/sa/token");
    EXPECT_NULL(config->token);

    setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
    test_write_file(root(), "sa/token", " \n");
    EXPECT_INT(kube_config_in_cluster(dir, &second, &err), -1);
    EXPECT_CONTAINS(error_message(err), "/sa/token: holds no token");
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
}
