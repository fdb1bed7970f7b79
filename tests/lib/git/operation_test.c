/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/git/remote_harness.h"

#include <arpa/inet.h>
#include <sys/socket.h>

static char *make_repo(const char *dir)
{
    return sh("mkdir -p %s; cd %s; git init -q -b main .; mkdir d; echo one > d/f; "
              "head -c 300000 /dev/urandom > big; git add .; git commit -q -m 1; "
              "git tag -a -m t v1; git rev-parse HEAD",
              dir, dir);
}

static bool can_read(const char *dir, const char *oid)
{
    struct git_repository_handle *repo = NULL;
    struct file_tree *tree = NULL;
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf text = BUF_INIT(1 << 20);

    bool ok = git_open(dir, &repo, &err) == 0 && git_has_commit(repo, oid) &&
              git_tree_open(repo, oid, &tree, &err) == 0 &&
              tree_read(tree, "d/f", &text, &err) == 0 && tree_read(tree, "big", &text, &err) == 0;
    tree_free(tree);
    git_close(repo);
    return ok;
}

/* Ten trees that each name the next one ten times: ten thousand million files. */
TEST(trees_that_name_each_other_are_looked_at_once)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    cleanup_free char *clone = xasprintf("%s/clone", test_tmpdir());
    cleanup_free char *oid =
        sh("mkdir -p %s; cd %s; git init -q -b main .; "
           "id=$(echo x | git hash-object -w --stdin); entry=\"100644 blob\"; "
           "for level in 1 2 3 4 5 6 7 8 9 10; do "
           "id=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '%%s %%s\\t%%s\\n' \"$entry\" $id $i; "
           "done | git mktree); entry=\"040000 tree\"; done; "
           "git update-ref HEAD $(git commit-tree -m 1 $id); git rev-parse HEAD",
           origin, origin);

    bench_open(&b, 1);
    for (int i = 0; i < 2; i++) { /* fetched, and found there */
        run_fetch(&b, origin, clone, "refs/heads/main", oid, NULL, &o);
        EXPECT_SUCCESS(o);
    }
    bench_close(&b);
}

TEST(a_local_repository_is_listed_and_fetched)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    cleanup_free char *clone = xasprintf("%s/deep/er/clone", test_tmpdir());
    cleanup_free char *oid = make_repo(origin);
    cleanup_free char *url = xasprintf("file://%s", origin);

    bench_open(&b, 2);
    const char *const urls[] = {origin, url};
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        run_list(&b, urls[i], NULL, &o);
        EXPECT_SUCCESS(o);
        EXPECT_INT(o.ref_count, 3);
        EXPECT_STR(o.head, oid);
    }
    run_fetch(&b, url, clone, "refs/heads/main", oid, NULL, &o);
    EXPECT_SUCCESS(o);
    EXPECT(can_read(clone, oid));

    /* Present: the remote is not needed any more. */
    SH("mv %s %s.gone", origin, origin);
    run_fetch(&b, url, clone, "refs/heads/main", oid, NULL, &o);
    EXPECT_SUCCESS(o);
    SH("mv %s.gone %s", origin, origin);

    /* A second commit, the reference not known. */
    cleanup_free char *next =
        sh("cd %s; echo 2 > d/f; git commit -qam 2; git rev-parse HEAD", origin);
    run_fetch(&b, url, clone, NULL, next, NULL, &o);
    EXPECT_SUCCESS(o);
    EXPECT(can_read(clone, next));
    bench_close(&b);
}

TEST(a_commit_that_the_remote_does_not_have_is_named)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    cleanup_free char *clone = xasprintf("%s/clone", test_tmpdir());
    free(make_repo(origin));

    bench_open(&b, 1);
    run_fetch(&b, origin, clone, "refs/heads/main", "1234567890123456789012345678901234567890",
              NULL, &o);
    EXPECT_FAILURE(o, ERROR_NOT_FOUND, "1234567890123456789012345678901234567890");
    run_fetch(&b, origin, clone, "refs/heads/main", "main", NULL, &o);
    EXPECT_FAILURE(o, ERROR_INVALID, "40 hex digits");
    run_list(&b, "/nonexistent/repository", NULL, &o);
    EXPECT_FAILURE(o, ERROR_NOT_FOUND, "/nonexistent/repository");
    bench_close(&b);
}

TEST(urls_that_are_not_supported_are_refused_without_their_password)
{
    static const char *const urls[] = {"ftp://u:secret@host/x",
                                       "https@://u:secret@host/x",
                                       "a/https://u:secret@host/x",
                                       "http:/u:secret@host/x",
                                       "https:u:secret@host/x",
                                       "git://host/x",
                                       "relative/path",
                                       "ext::sh -c id",
                                       "file://host/x",
                                       "-oProxy:x",
                                       "http://-x/y",
                                       ""};
    struct bench b;
    cleanup_outcome struct outcome o = {0};

    bench_open(&b, 1);
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        run_list(&b, urls[i], NULL, &o);
        EXPECT(o.message);
        EXPECT(o.kind == ERROR_UNSUPPORTED || o.kind == ERROR_INVALID);
        EXPECT_NULL(strstr(o.message, "secret"));
    }
    bench_close(&b);
}

TEST(a_damaged_clone_is_made_anew)
{
    static const char *const damages[] = {
        "rm -rf objects; mkdir objects",
        ("for p in objects/pack/*.pack; do chmod u+w $p; dd if=/dev/zero of=$p bs=1 seek=20000 "
         "count=4000 conv=notrunc status=none; done"),
        "for p in objects/pack/*.idx; do chmod u+w $p; echo x > $p; done",
        "echo garbage > config",
        "echo garbage > HEAD",
        "rm -rf *; echo x > file",
        "touch config.lock refs/remotes/heads/main.lock; rm -f objects/pack/*.pack",
    };
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    cleanup_free char *clone = xasprintf("%s/clone", test_tmpdir());
    cleanup_free char *oid = make_repo(origin);

    bench_open(&b, 1);
    run_fetch(&b, origin, clone, "refs/heads/main", oid, NULL, &o);
    EXPECT_SUCCESS(o);
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        SH("cd %s; %s", clone, damages[i]);
        run_fetch(&b, origin, clone, "refs/heads/main", oid, NULL, &o);
        if (o.message)
            fail_msg("%s: %s", damages[i], o.message);
        if (!can_read(clone, oid))
            fail_msg("%s: not repaired", damages[i]);
    }
    bench_close(&b);
}

TEST(a_branch_may_become_a_directory_of_branches)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    cleanup_free char *clone = xasprintf("%s/clone", test_tmpdir());
    cleanup_free char *oid = make_repo(origin);

    bench_open(&b, 1);
    SH("cd %s; git branch x", origin);
    run_fetch(&b, origin, clone, NULL, oid, NULL, &o);
    EXPECT_SUCCESS(o);
    cleanup_free char *next =
        sh("cd %s; git branch -D x; git checkout -qb x/y; echo 3 > d/f; git commit -qam 3; "
           "git rev-parse HEAD",
           origin);
    run_fetch(&b, origin, clone, "refs/heads/x/y", strrchr(next, '\n') + 1, NULL, &o);
    EXPECT_SUCCESS(o);
    EXPECT(can_read(clone, strrchr(next, '\n') + 1));
    bench_close(&b);
}

TEST(more_than_max_bytes_is_refused)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    cleanup_free char *clone = xasprintf("%s/clone", test_tmpdir());
    cleanup_free char *oid = make_repo(origin);

    bench_open(&b, 1);
    git_fetch(b.workers, origin, clone, "refs/heads/main", oid, NULL, NULL, DEADLINE_MS, 100000,
              on_outcome, &o);
    bench_wait(&b, &o);
    EXPECT_FAILURE(o, ERROR_TOO_LARGE, "100000 bytes");
    EXPECT(!can_read(clone, oid));
    bench_close(&b);
}

/* ---- a server that accepts and says nothing ---- */

struct silence {
    int fd;
    char *url;
};

static struct silence listen_silently(void)
{
    struct silence s = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);

    EXPECT_INT(bind(s.fd, (struct sockaddr *)&at, sizeof(at)), 0);
    EXPECT_INT(listen(s.fd, 8), 0);
    EXPECT_INT(getsockname(s.fd, (struct sockaddr *)&at, &len), 0);
    s.url = xasprintf("http://user:secret@127.0.0.1:%d/repo", ntohs(at.sin_port));
    return s;
}

TEST(the_deadline_ends_a_silent_server)
{
    struct bench b;
    struct outcome o = {0};
    struct silence s = listen_silently();

    bench_open(&b, 1);
    git_list_remote(b.workers, s.url, NULL, 1000, on_outcome, &o);
    bench_wait(&b, &o);
    EXPECT_FAILURE(o, ERROR_TIMEOUT, "connect to http://127.0.0.1");
    EXPECT_NULL(strstr(o.message, "secret"));
    EXPECT(o.took_ms >= 1000 && o.took_ms < 60000);
    outcome_clear(&o);

    /* The next one gets a fresh child. */
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    cleanup_free char *oid = make_repo(origin);
    run_list(&b, origin, NULL, &o);
    EXPECT_SUCCESS(o);
    EXPECT_STR(o.head, oid);
    outcome_clear(&o);
    bench_close(&b);
    close(s.fd);
    free(s.url);
}

TEST(cancelling_ends_what_runs_and_what_waits)
{
    struct bench b;
    cleanup_outcome struct outcome running = {0}, waiting = {0};
    struct silence s = listen_silently();

    bench_open(&b, 1);
    struct git_operation *first =
        git_list_remote(b.workers, s.url, NULL, DEADLINE_MS, on_outcome, &running);
    struct git_operation *second =
        git_list_remote(b.workers, s.url, NULL, DEADLINE_MS, on_outcome, &waiting);
    for (int i = 0; i < 3; i++)
        uv_run(&b.loop, UV_RUN_NOWAIT);
    git_operation_cancel(second);
    EXPECT_INT(waiting.calls, 0);
    bench_wait(&b, &waiting);
    EXPECT_FAILURE(waiting, ERROR_CANCELED, "canceled");
    EXPECT_INT(running.calls, 0);
    git_operation_cancel(first);
    bench_wait(&b, &running);
    EXPECT_FAILURE(running, ERROR_CANCELED, "canceled");
    bench_close(&b);
    close(s.fd);
    free(s.url);
}

TEST(the_end_cancels_everything)
{
    struct bench b;
    struct outcome o[3] = {{0}};
    struct silence s = listen_silently();

    bench_open(&b, 2);
    for (size_t i = 0; i < ARRAY_LEN(o); i++)
        git_list_remote(b.workers, s.url, NULL, DEADLINE_MS, on_outcome, &o[i]);
    for (int i = 0; i < 3; i++)
        uv_run(&b.loop, UV_RUN_NOWAIT);
    bench_close(&b);
    for (size_t i = 0; i < ARRAY_LEN(o); i++) {
        EXPECT_INT(o[i].calls, 1);
        EXPECT_FAILURE(o[i], ERROR_CANCELED, "canceled");
        outcome_clear(&o[i]);
    }
    close(s.fd);
    free(s.url);
}

/* The only child of this process is the one that serves the operation. */
static void kill_child(void)
{
    int pid = 0;
    cleanup_free char *path = xasprintf("/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "re");

    EXPECT(f);
    EXPECT_INT(fscanf(f, "%d", &pid), 1);
    fclose(f);
    EXPECT(pid > 1);
    EXPECT_INT(kill(pid, SIGKILL), 0);
}

TEST(a_child_that_is_killed_is_reported_and_replaced)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    struct silence s = listen_silently();
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    free(make_repo(origin));

    bench_open(&b, 1);
    git_list_remote(b.workers, s.url, NULL, DEADLINE_MS, on_outcome, &o);
    for (int i = 0; i < 3; i++)
        uv_run(&b.loop, UV_RUN_NOWAIT);
    kill_child();
    bench_wait(&b, &o);
    EXPECT_FAILURE(o, ERROR_UNAVAILABLE, "signal 9");
    run_list(&b, origin, NULL, &o);
    EXPECT_SUCCESS(o);
    bench_close(&b);
    close(s.fd);
    free(s.url);
}

TEST(a_missing_program_is_an_error_not_a_crash)
{
    uv_loop_t loop;
    struct bench b;
    cleanup_outcome struct outcome o = {0};

    uv_loop_init(&loop);
    bench_open(&b, 1);
    struct git_workers *none = git_workers_new(&loop, "/nonexistent/program", 1);
    git_list_remote(none, "/x", NULL, DEADLINE_MS, on_outcome, &o);
    while (o.calls == 0)
        uv_run(&loop, UV_RUN_ONCE);
    EXPECT_FAILURE(o, ERROR_INTERNAL, "/nonexistent/program");
    git_workers_free(none);
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&loop), 0);
    bench_close(&b);
}

/* ---- killed at any point ---- */

TEST(a_fetch_that_is_killed_half_way_can_be_repeated)
{
    struct bench b;
    cleanup_outcome struct outcome o = {0};
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    cleanup_free char *clone = xasprintf("%s/clone", test_tmpdir());
    cleanup_free char *oid = make_repo(origin);

    bench_open(&b, 1);
    for (uint64_t ms = 1; ms < 200; ms += 12) {
        struct outcome killed = {0};
        SH("rm -rf %s", clone);
        git_fetch(b.workers, origin, clone, "refs/heads/main", oid, NULL, NULL, ms, 0, on_outcome,
                  &killed);
        bench_wait(&b, &killed);
        if (killed.message)
            EXPECT_FAILURE(killed, ERROR_TIMEOUT, "no end after");
        outcome_clear(&killed);
        run_fetch(&b, origin, clone, "refs/heads/main", oid, NULL, &o);
        EXPECT_SUCCESS(o);
        EXPECT(can_read(clone, oid));
        cleanup_free char *left = sh("find %s -name '*.lock' -o -name 'pack_git2_*'", clone);
        EXPECT_STR(left, "");
    }
    bench_close(&b);
}

TEST(operations_on_one_directory_come_one_after_the_other)
{
    struct bench b;
    struct outcome o[6] = {{0}};
    cleanup_free char *origin = xasprintf("%s/origin", test_tmpdir());
    cleanup_free char *clone = xasprintf("%s/clone", test_tmpdir());
    cleanup_free char *oid = make_repo(origin);

    bench_open(&b, 3);
    for (size_t i = 0; i < ARRAY_LEN(o); i++)
        git_fetch(b.workers, origin, clone, "refs/heads/main", oid, NULL, NULL, DEADLINE_MS, 0,
                  on_outcome, &o[i]);
    for (size_t i = 0; i < ARRAY_LEN(o); i++) {
        bench_wait(&b, &o[i]);
        EXPECT_SUCCESS(o[i]);
    }
    EXPECT(can_read(clone, oid));
    bench_close(&b);
}
