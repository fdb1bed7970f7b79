/* SPDX-License-Identifier: Apache-2.0 */
/* Real servers on loopback: git http-backend over http and https, and sshd. */
#include "tests/lib/git/remote_harness.h"

struct server {
    pid_t pid;
    unsigned port;
};

/* `command` is exec'd by a shell; it prints its port first when `says_port`. */
static struct server start_server(bool says_port, const char *command)
{
    struct server s = {0};
    int out[2];
    char text[32] = "";

    EXPECT_INT(pipe(out), 0);
    s.pid = fork();
    if (s.pid == 0) {
        dup2(out[1], 1);
        close(out[0]);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    if (says_port) {
        EXPECT(read(out[0], text, sizeof(text) - 1) > 0);
        s.port = (unsigned)strtoul(text, NULL, 10);
        EXPECT(s.port > 0);
    }
    close(out[0]);
    return s;
}

static void stop_server(struct server s)
{
    kill(s.pid, SIGKILL);
    waitpid(s.pid, NULL, 0);
}

static struct server start_http(const char *root, const char *options)
{
    cleanup_free char *command =
        xasprintf("exec python3 tests/lib/git/http_backend.py %s %s", root, options);

    return start_server(true, command);
}

static char *make_bare(const char *root)
{
    return sh("cd %s; git init -q -b main w; cd w; echo one > f; git add .; git commit -q -m 1; "
              "git clone -q --bare . ../r.git; git rev-parse HEAD",
              root);
}

TEST(http_with_a_password)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    const char *root = test_tmpdir();
    cleanup_free char *oid = make_bare(root);
    cleanup_free char *clone = xasprintf("%s/clone", root);
    struct server s = start_http(root, "--user ann:hunter2");
    cleanup_free char *url = xasprintf("http://127.0.0.1:%u/r.git", s.port);
    cleanup_free char *inline_url = xasprintf("http://ann:wrong99@127.0.0.1:%u/r.git", s.port);
    struct git_credentials right = {.username = "ann", .password = "hunter2"};
    struct git_credentials wrong = {.username = "ann", .password = "hunter3"};

    bench_open(&b, 1);
    run_list(&b, url, NULL, &o);
    EXPECT_FAILURE(o, ERROR_DENIED, "none is configured");
    run_list(&b, url, &wrong, &o);
    EXPECT_FAILURE(o, ERROR_DENIED, "authentication");
    EXPECT_NULL(strstr(o.message, "hunter"));
    run_list(&b, inline_url, NULL, &o);
    EXPECT(o.message && o.kind == ERROR_DENIED);
    EXPECT_NULL(strstr(o.message, "wrong99"));
    run_list(&b, url, &right, &o);
    EXPECT_SUCCESS(o);
    EXPECT_STR(o.head, oid);
    run_fetch(&b, url, clone, "refs/heads/main", oid, &right, &o);
    EXPECT_SUCCESS(o);
    bench_close(&b);
    stop_server(s);
}

TEST(http_with_a_bearer_token_and_other_answers)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    const char *root = test_tmpdir();
    cleanup_free char *oid = make_bare(root);
    struct server s = start_http(root, "--bearer t0ken");
    struct git_credentials right = {.bearer_token = "t0ken"}, wrong = {.bearer_token = "f4ke"};
    cleanup_free char *url = xasprintf("http://127.0.0.1:%u/r.git", s.port);
    cleanup_free char *missing = xasprintf("http://127.0.0.1:%u/none.git", s.port);
    cleanup_free char *elsewhere = xasprintf("http://127.0.0.1:%u/elsewhere/r.git", s.port);

    bench_open(&b, 1);
    run_list(&b, url, &right, &o);
    EXPECT_SUCCESS(o);
    EXPECT_STR(o.head, oid);
    run_list(&b, url, &wrong, &o);
    EXPECT(o.message && o.kind == ERROR_DENIED);
    EXPECT_NULL(strstr(o.message, "f4ke"));
    run_list(&b, missing, &right, &o);
    EXPECT_FAILURE(o, ERROR_NOT_FOUND, "none.git");
    run_list(&b, elsewhere, &right, &o);
    EXPECT_FAILURE(o, ERROR_DENIED, "redirect");
    stop_server(s);
    run_list(&b, url, &right, &o);
    EXPECT(o.message && o.kind == ERROR_UNAVAILABLE);
    bench_close(&b);
}

/* As after a force push: no reference has it any more. */
TEST(a_lost_commit_is_asked_for_by_its_id)
{
    static const struct {
        const char *config;
        bool given;
    } rows[] = {{"true", true}, {"false", false}};
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    const char *root = test_tmpdir();
    cleanup_free char *oid = make_bare(root);
    cleanup_free char *lost = sh("cd %s/w; echo lost > f; git commit -q -a -m lost; git push -q "
                                 "../r.git HEAD:gone; git -C ../r.git update-ref -d "
                                 "refs/heads/gone; git rev-parse HEAD",
                                 root);
    struct server s = start_http(root, "");
    cleanup_free char *url = xasprintf("http://127.0.0.1:%u/r.git", s.port);

    bench_open(&b, 1);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *clone = xasprintf("%s/clone%zu", root, i);

        SH("git -C %s/r.git config uploadpack.allowAnySHA1InWant %s", root, rows[i].config);
        run_fetch(&b, url, clone, NULL, lost, NULL, &o);
        if (rows[i].given)
            EXPECT_SUCCESS(o);
        else
            EXPECT_FAILURE(o, ERROR_NOT_FOUND, lost);
        run_fetch(&b, url, clone, "refs/heads/main", oid, NULL, &o);
        EXPECT_SUCCESS(o);
    }
    bench_close(&b);
    stop_server(s);
}

TEST(https_is_verified)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    const char *root = test_tmpdir();
    cleanup_free char *oid = make_bare(root);

    SH("cd %s; openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 "
       "-subj /CN=localhost -addext subjectAltName=DNS:localhost",
       root);
    cleanup_free char *options = xasprintf("--tls %s/cert.pem %s/key.pem", root, root);
    cleanup_free char *ca_path = xasprintf("%s/cert.pem", root);
    cleanup_free char *ca = test_read_file(ca_path);
    struct server s = start_http(root, options);
    cleanup_free char *url = xasprintf("https://localhost:%u/r.git", s.port);
    struct git_credentials trusting = {.tls_ca = ca}, insecure = {.insecure = true};
    struct git_credentials broken = {.tls_ca = (char *)"no PEM"};

    bench_open(&b, 1);
    run_list(&b, url, NULL, &o);
    EXPECT_FAILURE(o, ERROR_DENIED, "CA");
    run_list(&b, url, &trusting, &o);
    EXPECT_SUCCESS(o);
    EXPECT_STR(o.head, oid);
    /* The CA of one repository is not trusted for another. */
    run_list(&b, url, NULL, &o);
    EXPECT_FAILURE(o, ERROR_DENIED, "CA");
    run_list(&b, url, &insecure, &o);
    EXPECT_SUCCESS(o);
    run_list(&b, url, &broken, &o);
    EXPECT_FAILURE(o, ERROR_INVALID, "PEM");
    bench_close(&b);
    stop_server(s);
}

/* ---- ssh ---- */

static struct server start_sshd(const char *root)
{
    cleanup_free char *port =
        sh("python3 -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); "
           "print(s.getsockname()[1])'");
    cleanup_free char *command =
        xasprintf("exec /usr/sbin/sshd -D -e -f /dev/null -p %s -o ListenAddress=127.0.0.1 "
                  "-o HostKey=%s/host -o AuthorizedKeysFile=%s/user.pub -o StrictModes=no "
                  "-o PidFile=none -o UsePAM=no -o PasswordAuthentication=no 2>%s/sshd.log",
                  port, root, root, root);

    SH("cd %s; ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f user; "
       "ssh-keygen -q -t ed25519 -N '' -f other; mkdir -p /run/sshd",
       root);
    struct server s = start_server(false, command);
    s.port = (unsigned)strtoul(port, NULL, 10);
    SH("for i in $(seq 100); do ssh-keyscan -p %s 127.0.0.1 >%s/known 2>/dev/null && "
       "test -s %s/known && exit 0; sleep 0.1; done; cat %s/sshd.log; exit 1",
       port, root, root, root);
    return s;
}

static char *read_below(const char *root, const char *name)
{
    cleanup_free char *path = xasprintf("%s/%s", root, name);

    return test_read_file(path);
}

TEST(ssh_with_a_key_and_a_checked_host)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    const char *root = test_tmpdir();

    if (access("/usr/sbin/sshd", X_OK) != 0 || geteuid() != 0)
        SKIP("needs /usr/sbin/sshd and root");
    cleanup_free char *oid = make_bare(root);
    cleanup_free char *clone = xasprintf("%s/clone", root);
    struct server s = start_sshd(root);
    cleanup_free char *key = read_below(root, "user"), *other = read_below(root, "other");
    cleanup_free char *known = read_below(root, "known");
    SH("cd %s; cp known hashed; ssh-keygen -q -H -f hashed; "
       "printf '[127.0.0.1]:%u %%s\\n' \"$(cut -d' ' -f1,2 other.pub)\" > changed",
       root, s.port);
    cleanup_free char *hashed = read_below(root, "hashed");
    cleanup_free char *changed = read_below(root, "changed");
    cleanup_free char *url = xasprintf("ssh://root@127.0.0.1:%u%s/r.git", s.port, root);
    cleanup_free char *missing = xasprintf("ssh://root@127.0.0.1:%u%s/none.git", s.port, root);
    struct git_credentials c = {.ssh_private_key = key, .ssh_known_hosts = known};

    EXPECT(strstr(hashed, "|1|"));
    bench_open(&b, 1);
    run_list(&b, url, &c, &o);
    EXPECT_SUCCESS(o);
    EXPECT_STR(o.head, oid);
    run_fetch(&b, url, clone, "refs/heads/main", oid, &c, &o);
    EXPECT_SUCCESS(o);
    c.ssh_known_hosts = hashed;
    run_list(&b, url, &c, &o);
    EXPECT_SUCCESS(o);
    c.ssh_known_hosts = (char *)"";
    run_list(&b, url, &c, &o);
    EXPECT_FAILURE(o, ERROR_DENIED, "ssh-keyscan");
    c.ssh_known_hosts = changed;
    run_list(&b, url, &c, &o);
    EXPECT_FAILURE(o, ERROR_DENIED, "another key");
    c.insecure = true;
    run_list(&b, url, &c, &o);
    EXPECT_SUCCESS(o);
    c.insecure = false;
    c.ssh_known_hosts = known;
    c.ssh_private_key = other;
    run_list(&b, url, &c, &o);
    EXPECT(o.message && o.kind == ERROR_DENIED);
    c.ssh_private_key = NULL;
    run_list(&b, url, &c, &o);
    EXPECT_FAILURE(o, ERROR_DENIED, "SSH key");
    c.ssh_private_key = key;
    run_list(&b, missing, &c, &o);
    EXPECT_CONTAINS(o.message, "none.git");
    bench_close(&b);
    stop_server(s);
}
