/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/credential.h"

#include "lib/base/time.h"
#include "lib/kube/exec.h"
#include "tests/test.h"

#include <sys/stat.h>
#include <unistd.h>

/* One directory for all tests of this program. */
static const char *root(void)
{
    static const char *dir;

    if (!dir)
        dir = test_tmpdir();
    return dir;
}

#define CERT "-----BEGIN CERTIFICATE-----\\nA\\n-----END CERTIFICATE-----\\n"
#define V1 "client.authentication.k8s.io/v1"

/* What one get was answered with. */
struct answer {
    int count;
    char authorization[256];
    char cert[256];
    uint64_t generation;
    enum error_kind kind;
    char error[1024];
};

static void on_answer(void *arg, const struct kube_auth *auth, const struct error *err)
{
    struct answer *a = arg;

    a->count++;
    snprintf(a->error, sizeof(a->error), "%s", err ? error_message(err) : "");
    snprintf(a->authorization, sizeof(a->authorization), "%s",
             auth && auth->authorization ? auth->authorization : "");
    snprintf(a->cert, sizeof(a->cert), "%s",
             auth && auth->client_cert_pem ? auth->client_cert_pem : "");
    a->generation = auth ? auth->generation : 0;
    if (err)
        a->kind = error_kind(err);
}

/* A loop, a configuration and its credential. */
struct bench {
    uv_loop_t loop;
    struct kube_config *config;
    struct kube_credential *credential;
    char *runs; /* path: a line for each run of the plugin */
};

static void bench_open(struct bench *b)
{
    uv_loop_init(&b->loop);
    b->config = xcalloc(1, sizeof(*b->config));
    b->config->server = xstrdup("https://api");
}

static void bench_start(struct bench *b)
{
    b->credential = kube_credential_new(&b->loop, b->config);
}

static void bench_close(struct bench *b)
{
    kube_credential_free(b->credential);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&b->loop), 0);
    kube_config_free(b->config);
    free(b->runs);
}

static struct answer get(struct bench *b)
{
    struct answer a = {0};

    kube_credential_get(b->credential, on_answer, &a);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    EXPECT_INT(a.count, 1);
    return a;
}

/* A plugin that notes each run, then does what `script` says. */
static void bench_plugin(struct bench *b, const char *script)
{
    static int number;
    cleanup_free char *name = xasprintf("plugin-%d", ++number);
    cleanup_free char *path = xasprintf("%s/%s", root(), name);
    cleanup_free char *text = NULL;

    b->runs = xasprintf("%s.runs", path);
    text = xasprintf("#!/bin/sh\necho run >>%s\n%s\n", b->runs, script);
    test_write_file(root(), name, text);
    chmod(path, 0755);
    b->config->exec = xcalloc(1, sizeof(*b->config->exec));
    b->config->exec->command = xstrdup(path);
    b->config->exec->api_version = xstrdup(V1);
    bench_start(b);
}

static size_t runs(const struct bench *b)
{
    cleanup_free char *text = test_read_file(b->runs);

    return text ? strlen(text) / strlen("run\n") : 0;
}

#define ANSWER(status)                                                                             \
    "cat <<'END'\n{\"apiVersion\": \"" V1 "\", \"kind\": \"ExecCredential\", \"status\": {" status \
    "}}\nEND\n"

TEST(a_static_credential_is_at_hand)
{
    struct bench b = {0};
    struct answer a = {0};

    bench_open(&b);
    b.config->token = xstrdup("T");
    bench_start(&b);
    kube_credential_expire(b.credential); /* nothing to renew: the same again */
    kube_credential_get(b.credential, on_answer, &a);
    EXPECT_INT(a.count, 1);
    EXPECT_STR(a.authorization, "Bearer T");
    bench_close(&b);
}

TEST(a_password_becomes_basic_authentication)
{
    struct bench b = {0};

    bench_open(&b);
    b.config->username = xstrdup("joe");
    b.config->password = xstrdup("pass word");
    bench_start(&b);
    EXPECT_STR(get(&b).authorization, "Basic am9lOnBhc3Mgd29yZA==");
    bench_close(&b);
}

TEST(without_a_user_there_is_no_header)
{
    struct bench b = {0};

    bench_open(&b);
    bench_start(&b);
    EXPECT_STR(get(&b).authorization, "");
    bench_close(&b);
}

TEST(a_rotated_token_is_used_within_a_second_and_at_once_after_a_refusal)
{
    struct bench b = {0};

    bench_open(&b);
    test_write_file(root(), "token", "one\n");
    b.config->token_file = xasprintf("%s/token", root());
    b.config->token = xstrdup("ignored");
    bench_start(&b);
    EXPECT_STR(get(&b).authorization, "Bearer one");

    test_write_file(root(), "token", "second");
    kube_credential_expire(b.credential);
    EXPECT_STR(get(&b).authorization, "Bearer second");

    test_write_file(root(), "token", "the third");
    usleep(1100 * 1000);
    EXPECT_STR(get(&b).authorization, "Bearer second"); /* unusable: keep the former one */
    test_write_file(root(), "token", "third");
    usleep(1100 * 1000);
    EXPECT_STR(get(&b).authorization, "Bearer third");
    bench_close(&b);
}

TEST(a_token_that_was_refused_and_cannot_be_read_is_an_error)
{
    struct bench b = {0};
    struct answer a;

    bench_open(&b);
    b.config->token_file = xasprintf("%s/absent", root());
    bench_start(&b);
    a = get(&b);
    EXPECT_INT(a.kind, ERROR_NOT_FOUND);
    EXPECT_CONTAINS(a.error, "/absent");
    bench_close(&b);
}

TEST(a_rotated_certificate_makes_a_new_generation)
{
    struct bench b = {0};
    struct answer first, second;

    bench_open(&b);
    test_write_file(root(), "tls.crt", "-----BEGIN A");
    test_write_file(root(), "tls.key", "-----BEGIN K");
    b.config->client_cert_file = xasprintf("%s/tls.crt", root());
    b.config->client_key_file = xasprintf("%s/tls.key", root());
    b.config->client_cert_pem = xstrdup("-----BEGIN A");
    b.config->client_key_pem = xstrdup("-----BEGIN K");
    bench_start(&b);
    first = get(&b);
    EXPECT_INT(get(&b).generation, first.generation);
    test_write_file(root(), "tls.crt", "-----BEGIN BB");
    kube_credential_expire(b.credential);
    second = get(&b);
    EXPECT(second.generation != first.generation);
    EXPECT_STR(second.cert, "-----BEGIN BB");
    bench_close(&b);
}

TEST(gets_at_the_same_time_wait_for_one_run)
{
    struct bench b = {0};
    struct answer first = {0}, second = {0};

    bench_open(&b);
    bench_plugin(&b, ANSWER("\"token\": \"T\""));
    kube_credential_get(b.credential, on_answer, &first);
    kube_credential_get(b.credential, on_answer, &second);
    EXPECT_INT(first.count, 0);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    EXPECT_STR(first.authorization, "Bearer T");
    EXPECT_STR(second.authorization, "Bearer T");
    get(&b); /* without an expirationTimestamp it is good until it is refused */
    EXPECT_INT(runs(&b), 1);
    kube_credential_expire(b.credential);
    get(&b);
    EXPECT_INT(runs(&b), 2);
    bench_close(&b);
}

TEST(a_credential_that_is_about_to_expire_is_renewed)
{
    static const struct {
        int64_t valid_ms;
        size_t runs;
    } cases[] = {{8000, 2}, {3600000, 1}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bench b = {0};
        char expires[TIME_RFC3339_BYTES];
        cleanup_free char *script = NULL;

        time_format_rfc3339(time_wall_ms() + cases[i].valid_ms, expires);
        script = xasprintf(ANSWER("\"token\": \"T\", \"expirationTimestamp\": \"%s\""), expires);
        bench_open(&b);
        bench_plugin(&b, script);
        EXPECT_STR(get(&b).authorization, "Bearer T");
        get(&b);
        EXPECT_INT(runs(&b), cases[i].runs);
        bench_close(&b);
    }
}

TEST(the_plugin_is_told_who_asks)
{
    struct bench b = {0};
    cleanup_free char *info = NULL;

    bench_open(&b);
    setenv("NAME", "ours", 1);
    bench_plugin(&b, "printf '{\"apiVersion\": \"" V1 "\", \"kind\": \"ExecCredential\", "
                     "\"status\": {\"token\": \"%s-%s-%s\"}}' \"$1\" \"$NAME\" \"$(cat | wc -c)\"\n"
                     "printf '%s' \"$KUBERNETES_EXEC_INFO\" >\"$0.info\"");
    strvec_push(&b.config->exec->args, "arg");
    strvec_push(&b.config->exec->env, "NAME=theirs");
    b.config->exec->provide_cluster_info = true;
    b.config->exec->cluster_config_json = xstrdup("{\"audience\":\"x\"}");
    b.config->ca_pem = xstrdup("CA");
    EXPECT_STR(get(&b).authorization, "Bearer arg-theirs-0"); /* nothing on its standard input */
    {
        cleanup_free char *path = xasprintf("%s.info", b.config->exec->command);

        info = test_read_file(path);
    }
    EXPECT_STR(info, "{\"apiVersion\":\"" V1 "\",\"kind\":\"ExecCredential\",\"spec\":"
                     "{\"interactive\":false,\"cluster\":{\"server\":\"https://api\","
                     "\"certificate-authority-data\":\"Q0E=\",\"config\":{\"audience\":\"x\"}}}}");
    bench_close(&b);
}

TEST(a_certificate_of_the_plugin_makes_a_new_generation)
{
    struct bench b = {0};
    struct answer a;

    bench_open(&b);
    bench_plugin(
        &b, ANSWER("\"clientCertificateData\": \"" CERT "\", \"clientKeyData\": \"" CERT "\""));
    a = get(&b);
    EXPECT_STR(a.authorization, "");
    EXPECT_CONTAINS(a.cert, "-----BEGIN CERTIFICATE-----\nA\n");
    EXPECT(a.generation > 1);
    kube_credential_expire(b.credential);
    EXPECT_INT(get(&b).generation, a.generation); /* the same certificate again */
    bench_close(&b);
}

TEST(a_failing_plugin_is_named_and_its_output_is_not)
{
    static const struct {
        const char *script;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        {"echo SECRET; exit 3", ERROR_DENIED, "failed with exit status 3\ninstall it so"},
        {"echo SECRET; kill -9 $$", ERROR_DENIED, "ended by signal 9"},
        {"echo SECRET", ERROR_DENIED, "is not JSON (line 1"},
        {"echo '{\"kind\": \"SECRET\"}'", ERROR_DENIED, "is not an ExecCredential"},
        {"echo '{\"kind\": \"ExecCredential\", \"apiVersion\": \"SECRET\"}'", ERROR_DENIED,
         "another apiVersion than the " V1},
        {ANSWER(""), ERROR_DENIED, "neither a token nor a client certificate"},
        {ANSWER("\"token\": \"SECRET\\n\""), ERROR_DENIED, "control characters"},
        {ANSWER("\"clientKeyData\": \"SECRET\""), ERROR_DENIED, "without clientCertificateData"},
        {"head -c 2000000 /dev/zero", ERROR_TOO_LARGE, "its answer: more than the limit"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bench b = {0};
        struct answer a;

        bench_open(&b);
        bench_plugin(&b, cases[i].script);
        b.config->exec->install_hint = xstrdup("install it so");
        a = get(&b);
        EXPECT_CONTAINS(a.error, cases[i].part);
        EXPECT_CONTAINS(a.error, b.config->exec->command);
        EXPECT_NULL(strstr(a.error, "SECRET"));
        EXPECT_INT(a.kind, cases[i].kind);
        get(&b);
        EXPECT_INT(runs(&b), 2); /* a failure is not remembered */
        bench_close(&b);
    }
}

TEST(a_missing_plugin_is_said_at_once)
{
    struct bench b = {0};
    struct answer a = {0};

    bench_open(&b);
    bench_plugin(&b, "");
    unlink(b.config->exec->command);
    b.config->exec->install_hint = xstrdup("install it so");
    kube_credential_get(b.credential, on_answer, &a);
    EXPECT_INT(a.count, 1);
    EXPECT_INT(a.kind, ERROR_NOT_FOUND);
    EXPECT_CONTAINS(a.error, "install it so");
    bench_close(&b);
}

TEST(a_canceled_get_ends_alone)
{
    struct bench b = {0};
    struct answer first = {0}, second = {0};

    bench_open(&b);
    bench_plugin(&b, ANSWER("\"token\": \"T\""));
    kube_credential_get(b.credential, on_answer, &first);
    kube_credential_get(b.credential, on_answer, &second);
    kube_credential_cancel(b.credential, &first);
    EXPECT_INT(first.count, 1);
    EXPECT_INT(first.kind, ERROR_CANCELED);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    EXPECT_INT(first.count, 1);
    EXPECT_STR(second.authorization, "Bearer T");
    bench_close(&b);
}

TEST(freeing_ends_the_waiting_gets_and_kills_the_plugin)
{
    struct bench b = {0};
    struct answer a = {0};
    uint64_t start = time_monotonic_ms();

    bench_open(&b);
    bench_plugin(&b, "exec sleep 30");
    kube_credential_get(b.credential, on_answer, &a);
    bench_close(&b);
    EXPECT_INT(a.count, 1);
    EXPECT_INT(a.kind, ERROR_CANCELED);
    EXPECT(time_monotonic_ms() - start < 25000);
}

static void on_answer_free(void *arg, const struct kube_auth *auth, const struct error *err)
{
    struct bench *b = arg;

    (void)auth;
    (void)err;
    kube_credential_free(TAKE(b->credential));
}

TEST(a_get_that_frees_the_credential_ends_the_others)
{
    struct bench b = {0};
    struct answer a = {0};

    bench_open(&b);
    bench_plugin(&b, ANSWER("\"token\": \"T\""));
    kube_credential_get(b.credential, on_answer_free, &b);
    kube_credential_get(b.credential, on_answer, &a);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    EXPECT_INT(a.count, 1);
    EXPECT_INT(a.kind, ERROR_CANCELED);
    bench_close(&b);
}

static void on_exec(void *arg, struct exec_credential *credential, const struct error *err)
{
    struct answer *a = arg;

    a->count++;
    EXPECT_NULL(credential);
    a->kind = error_kind(err);
    snprintf(a->error, sizeof(a->error), "%s", error_message(err));
}

TEST(a_plugin_that_hangs_is_killed)
{
    /* The second leaves its output open in a child that outlives it. */
    static const char *const scripts[] = {"exec sleep 30", "sleep 3 & exit 0"};

    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        struct bench b = {0};
        struct answer a = {0};
        cleanup_error struct error *err = NULL;

        bench_open(&b);
        bench_plugin(&b, scripts[i]);
        EXPECT(kube_exec_start(&b.loop, b.config, 300, on_exec, &a, &err) != NULL);
        uv_run(&b.loop, UV_RUN_DEFAULT);
        EXPECT_INT(a.count, 1);
        EXPECT_INT(a.kind, ERROR_TIMEOUT);
        EXPECT_CONTAINS(a.error, "gave no answer within 1 s");
        bench_close(&b);
    }
}
