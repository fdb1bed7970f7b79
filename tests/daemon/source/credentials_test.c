/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/credentials.h"

#include "lib/base/base64.h"
#include "tests/daemon/cluster.h"

struct fixture {
    struct cluster cluster;
    struct credentials *credentials;
};

/* A Secret of the type "repository" or "repo-creds"; `fields` is a JSON object of plain texts. */
static json_t *secret(const char *name, const char *type, const char *fields)
{
    cleanup_json json_t *plain = parse(fields);
    json_t *data = json_object();
    const char *key;
    json_t *value;

    json_object_foreach (plain, key, value) {
        cleanup_free char *text =
            base64_encode(json_string_value(value), json_string_length(value));

        json_object_set_new(data, key, json_string(text));
    }
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:{s:s}}, s:o}", "apiVersion", "v1", "kind",
                     "Secret", "metadata", "name", name, "namespace", "argocd", "uid", name,
                     "resourceVersion", "1", "labels", "argocd.argoproj.io/secret-type", type,
                     "data", data);
}

static void setup(struct fixture *f, json_t *secrets)
{
    cluster_start(&f->cluster);
    cluster_set_list(&f->cluster, "secrets", secrets);
    f->credentials = credentials_new(f->cluster.client, "argocd");
    EXPECT_NULL(credentials_find(f->credentials, "https://git.example.org/team/r"));
    credentials_watch(f->credentials, f->cluster.discovery);
    CLUSTER_UNTIL(&f->cluster, map_has(&f->cluster.streams, "secrets"));
}

static void teardown(struct fixture *f)
{
    credentials_free(f->credentials);
    cluster_stop(&f->cluster);
}

static const char *password_for(struct fixture *f, const char *url)
{
    const struct git_credentials *c = credentials_find(f->credentials, url);

    return !c ? "none" : c->password ? c->password : "empty";
}

TEST(urls_are_compared_in_one_form)
{
    static const struct {
        const char *url, *want;
    } rows[] = {
        {"https://git.example.org/r", "https://git.example.org/r"},
        {"https://git.example.org/r.git", "https://git.example.org/r"},
        {"https://git.example.org/r/", "https://git.example.org/r"},
        {"https://git.example.org/r.git/", "https://git.example.org/r"},
        {"https://GIT.Example.ORG/Team/R", "https://git.example.org/team/r"},
        {"HTTPS://git.example.org/r", "https://git.example.org/r"},
        {"https://git.example.org", "https://git.example.org"},
        {"git@GitHub.com:Org/Repo.git", "git@github.com/org/repo"},
        {"ssh://git@github.com/Org/Repo", "git@github.com/org/repo"},
        {"ssh://git@Host:22/x.git", "git@host:22/x"},
        {"https://user:password@h/x", "https://user:password@h/x"},
        {"file:///Srv/Git/x", "file:///srv/git/x"},
        {".git", ".git"},
        {"", ""},
        {"///", ""},
        {"https://", "https://"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *got = repository_url_normalise(rows[i].url);

        EXPECT_STR(got, rows[i].want);
    }
}

TEST(the_own_secret_then_the_longest_template)
{
    static const struct {
        const char *url, *password;
    } rows[] = {
        {"https://git.example.org/team/own", "own"},
        {"https://git.example.org/team/own.git", "own"},
        {"https://GIT.example.org/team/own/", "own"},
        {"https://git.example.org/team/owner", "team"}, /* no prefix of a repository */
        {"https://git.example.org/team/x", "team"},
        {"https://git.example.org/other/x", "host"},
        {"https://git.example.org/team/bare", "team"}, /* its own Secret names only the URL */
        {"https://git.example.org/team/app", "team"},  /* ... or what we cannot sign in with */
        {"https://elsewhere.example.org/team/x", "none"},
        {"https://alone.example.org/r", "empty"},
        {"git@git.example.org:team/own", "none"},
    };
    struct fixture f;
    json_t *secrets = json_array();

    json_array_append_new(
        secrets,
        secret("t1", "repo-creds", "{'url': 'https://git.example.org', 'password': 'host'}"));
    json_array_append_new(
        secrets,
        secret("t2", "repo-creds", "{'url': 'https://git.example.org/team/', 'password': 'team'}"));
    json_array_append_new(secrets, secret("r1", "repository",
                                          "{'url': 'https://git.example.org/team/own.git', "
                                          "'username': 'ann', 'password': 'own'}"));
    json_array_append_new(
        secrets, secret("r2", "repository", "{'url': 'https://git.example.org/team/bare'}"));
    json_array_append_new(secrets,
                          secret("r3", "repository", "{'url': 'https://alone.example.org/r'}"));
    json_array_append_new(secrets, secret("r4", "repository",
                                          "{'url': 'https://git.example.org/team/app', "
                                          "'githubAppPrivateKey': 'k'}"));
    json_array_append_new(secrets, secret("c", "cluster",
                                          "{'url': 'https://elsewhere.example.org', 'password': "
                                          "'never'}"));
    setup(&f, secrets);
    EXPECT_CONTAINS(f.cluster.last_list, "/api/v1/namespaces/argocd/secrets");
    EXPECT_CONTAINS(f.cluster.last_list, "labelSelector=");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (!streq(password_for(&f, rows[i].url), rows[i].password))
            fail_msg("%s: %s", rows[i].url, password_for(&f, rows[i].url));
    EXPECT_STR(credentials_find(f.credentials, "https://git.example.org/team/own")->username,
               "ann");
    EXPECT_STR(credentials_find(f.credentials, "https://git.example.org/team/x")->username,
               "x-access-token"); /* a token as a password needs some name */
    teardown(&f);
}

/* Its credentials must not go to another host that begins alike. */
TEST(credentials_of_one_project_are_not_for_another)
{
    static const struct {
        const char *url, *project, *other;
    } rows[] = {
        {"https://h/one", "a", NULL},    {"https://h/one.git", "b", "a"},
        {"https://h/both", "b", NULL},   {"https://h/all", "b", NULL},
        {"https://h/public", "b", NULL}, {"https://h/none", "b", NULL},
    };
    static const char *const secrets[] = {
        "{'url': 'https://h/one', 'project': 'a', 'password': 'p'}",
        "{'url': 'https://h/both', 'project': 'a', 'password': 'p'}",
        "{'url': 'https://h/both', 'project': 'b', 'password': 'p'}",
        "{'url': 'https://h/all', 'project': 'a', 'password': 'p'}",
        "{'url': 'https://h/all', 'project': '', 'password': 'p'}",
        "{'url': 'https://h/public', 'project': 'a'}",
        "{'url': 'https://h/public', 'project': 'a', 'githubAppPrivateKey': 'k'}",
    };
    struct fixture f;
    json_t *list = json_array();

    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        char name[] = {(char)('a' + i), '\0'};

        json_array_append_new(list, secret(name, "repository", secrets[i]));
    }
    setup(&f, list);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *other = credentials_other_project(f.credentials, rows[i].url, rows[i].project);

        if (!streq(other, rows[i].other))
            fail_msg("%s for %s: %s", rows[i].url, rows[i].project, other ? other : "allowed");
    }
    teardown(&f);
}

TEST(a_template_is_a_prefix_of_text_after_the_whole_host)
{
    static const struct {
        const char *url, *password;
    } rows[] = {
        {"https://git.example.org/r", "host"},
        {"https://git.example.org:8443/r", "host"},
        {"https://git.example.org", "host"},
        {"https://git.example.org.evil.test/r", "none"},
        {"https://git.example.org@evil.test/r", "none"},
        {"https://git.example.org:x@evil.test/r", "none"},
        {"https://git.example.organisation/r", "none"},
        {"https://git.example.org/team-b/r", "team"}, /* as in Argo CD */
        {"http://git.example.org/r", "none"},
        {"git@host.example.org:org/r", "ssh"},
        {"ssh://git@host.example.org/org/r", "ssh"},
        {"git@host.example.org:other/r", "none"},
    };
    struct fixture f;
    json_t *secrets = json_array();

    json_array_append_new(
        secrets,
        secret("h", "repo-creds", "{'url': 'https://git.example.org', 'password': 'host'}"));
    json_array_append_new(secrets,
                          secret("e", "repo-creds", "{'url': 'https://', 'password': 'x'}"));
    json_array_append_new(
        secrets,
        secret("t", "repo-creds", "{'url': 'https://git.example.org/team', 'password': 'team'}"));
    json_array_append_new(
        secrets,
        secret("s", "repo-creds", "{'url': 'git@host.example.org:org', 'password': 'ssh'}"));
    setup(&f, secrets);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (!streq(password_for(&f, rows[i].url), rows[i].password))
            fail_msg("%s: %s", rows[i].url, password_for(&f, rows[i].url));
    teardown(&f);
}

TEST(every_field_of_a_secret_is_read)
{
    struct fixture f;
    json_t *secrets = json_array();
    const struct git_credentials *c;

    json_array_append_new(
        secrets, secret("r", "repository",
                        "{'url': 'https://h/r', 'bearerToken': 'b', 'sshPrivateKey': 'k', "
                        "'tlsClientCertData': 'c', 'tlsClientCertKey': 'ck', 'proxy': 'http://p', "
                        "'insecure': 'true'}"));
    json_array_append_new(secrets,
                          secret("s", "repository",
                                 "{'url': 'ssh://h/r', 'insecureIgnoreHostKey': 'true', "
                                 "'password': 'p', 'username': 'u', 'insecure': 'false'}"));
    setup(&f, secrets);
    c = credentials_find(f.credentials, "https://h/r");
    EXPECT_STR(c->bearer_token, "b");
    EXPECT_STR(c->ssh_private_key, "k");
    EXPECT_STR(c->tls_client_cert, "c");
    EXPECT_STR(c->tls_client_key, "ck");
    EXPECT_STR(c->proxy, "http://p");
    EXPECT_NULL(c->username);
    EXPECT_NULL(c->password);
    EXPECT(c->insecure);
    c = credentials_find(f.credentials, "ssh://h/r");
    EXPECT_STR(c->username, "u");
    EXPECT(c->insecure);
    teardown(&f);
}

TEST(secrets_that_change_or_go)
{
    cleanup_json json_t *changed =
        secret("r", "repository", "{'url': 'https://h/r', 'password': 'two'}");
    cleanup_json json_t *moved =
        secret("r", "repository", "{'url': 'https://h/elsewhere', 'password': 'three'}");
    cleanup_json json_t *unlabelled =
        secret("r", "something", "{'url': 'https://h/r', 'password': 'four'}");
    struct fixture f;
    json_t *secrets = json_array();

    json_array_append_new(secrets,
                          secret("r", "repository", "{'url': 'https://h/r', 'password': 'one'}"));
    setup(&f, secrets);
    EXPECT_STR(password_for(&f, "https://h/r"), "one");
    cluster_send(&f.cluster, "secrets", "MODIFIED", changed);
    CLUSTER_UNTIL(&f.cluster, streq(password_for(&f, "https://h/r"), "two"));
    cluster_send(&f.cluster, "secrets", "MODIFIED", moved);
    CLUSTER_UNTIL(&f.cluster, streq(password_for(&f, "https://h/r"), "none"));
    EXPECT_STR(password_for(&f, "https://h/elsewhere"), "three");
    cluster_send(&f.cluster, "secrets", "MODIFIED", unlabelled);
    CLUSTER_UNTIL(&f.cluster, streq(password_for(&f, "https://h/elsewhere"), "none"));
    EXPECT_STR(password_for(&f, "https://h/r"), "none");
    cluster_send(&f.cluster, "secrets", "ADDED", changed);
    CLUSTER_UNTIL(&f.cluster, streq(password_for(&f, "https://h/r"), "two"));
    cluster_send(&f.cluster, "secrets", "DELETED", changed);
    CLUSTER_UNTIL(&f.cluster, streq(password_for(&f, "https://h/r"), "none"));

    /* A list without it, after an interruption. */
    cluster_send(&f.cluster, "secrets", "ADDED", changed);
    CLUSTER_UNTIL(&f.cluster, streq(password_for(&f, "https://h/r"), "two"));
    cluster_set_list(&f.cluster, "secrets", json_array());
    cluster_expire(&f.cluster, "secrets");
    CLUSTER_UNTIL(&f.cluster, streq(password_for(&f, "https://h/r"), "none"));
    teardown(&f);
}

TEST(a_secret_that_is_no_use_is_left_aside)
{
    struct fixture f;
    json_t *secrets = json_array();
    json_t *broken = secret("b", "repository", "{'url': 'https://h/b', 'password': 'x'}");

    json_array_append_new(secrets, secret("n", "repository", "{'password': 'x'}"));
    json_object_set_new(json_object_get(broken, "data"), "url", json_string("%%%"));
    json_array_append_new(secrets, broken);
    json_array_append_new(secrets, parse("{'kind': 'Secret', 'metadata': {'name': 'none'}}"));
    setup(&f, secrets);
    EXPECT_STR(password_for(&f, "https://h/b"), "none");
    EXPECT_STR(password_for(&f, ""), "none");
    teardown(&f);
}

TEST(what_signs_in_needs_an_http_url_and_nothing_better)
{
    static const struct {
        const char *url, *fields, *secret, *unusable;
    } rows[] = {
        {"https://h/app", "", "s0", NULL},
        {"http://h/app", "", "s1", NULL},
        {"ssh://git@h/app", "", NULL, "Secret s2 is for a GitHub App, which signs in to https://"},
        {"git@h:scp", "", NULL, "Secret s3 is for a GitHub App, which signs in to https://"},
        {"https://h/password", ", 'password': 'p'", NULL, NULL},
        {"https://h/key", ", 'sshPrivateKey': 'k'", NULL, NULL},
        {"https://h/empty", ", 'password': '', 'bearerToken': '', 'sshPrivateKey': ''", "s6", NULL},
        {"https://h/other", ", 'githubAppID': 'x'", NULL, "Secret s7 is of no use: githubAppID"},
    };
    struct fixture f;
    json_t *secrets = json_array();

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *name = xasprintf("s%zu", i);
        cleanup_free char *fields =
            xasprintf("{'url': '%s', 'githubAppID': '1', 'githubAppPrivateKey': 'k'%s}",
                      rows[i].url, rows[i].fields);

        json_array_append_new(secrets, secret(name, "repository", fields));
    }
    setup(&f, secrets);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct signin_spec *spec = credentials_find_signin(f.credentials, rows[i].url);
        const struct git_credentials *c = credentials_find(f.credentials, rows[i].url);

        if (!streq(spec ? spec->secret : NULL, rows[i].secret))
            fail_msg("%s: %s", rows[i].url, spec ? spec->secret : "nothing");
        if (rows[i].unusable)
            EXPECT_CONTAINS(c->unusable, rows[i].unusable);
        else
            EXPECT_NULL(c->unusable);
    }
    EXPECT_NULL(credentials_find_signin(f.credentials, "https://h/elsewhere"));
    teardown(&f);
}
