/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote_harness: running remote operations to their end on a loop.
 */
#ifndef GITOPSD_TESTS_LIB_GIT_REMOTE_HARNESS_H
#define GITOPSD_TESTS_LIB_GIT_REMOTE_HARNESS_H

#include "lib/base/time.h"
#include "lib/git/git.h"
#include "tests/lib/git/git_test_child.h"
#include "tests/lib/git/git_test_repo.h"

struct outcome {
    unsigned calls;
    enum error_kind kind; /* where `message` is set */
    char *message;
    char *head;
    size_t ref_count;
    uint64_t took_ms;
};

static void outcome_clear(struct outcome *o)
{
    free(TAKE(o->message));
    free(TAKE(o->head));
}
#define cleanup_outcome __attribute__((cleanup(outcome_clear)))

static void on_outcome(void *arg, const struct git_refs *refs, const struct error *err)
{
    struct outcome *o = arg;

    o->calls++;
    if (err) {
        o->kind = error_kind(err);
        o->message = xstrdup(error_message(err));
    }
    for (size_t i = 0; refs && i < refs->len; i++) {
        if (strcmp(refs->items[i].name, "HEAD") == 0)
            o->head = xstrdup(refs->items[i].oid);
    }
    o->ref_count = refs ? refs->len : 0;
}

struct bench {
    uv_loop_t loop;
    struct git_workers *workers;
};

static void bench_open(struct bench *b, unsigned max_children)
{
    uv_loop_init(&b->loop);
    b->workers = git_workers_new(&b->loop, NULL, max_children);
}

static void bench_close(struct bench *b)
{
    git_workers_free(b->workers);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&b->loop), 0);
}

static void bench_wait(struct bench *b, struct outcome *o)
{
    uint64_t start = time_monotonic_ms();

    while (o->calls == 0)
        uv_run(&b->loop, UV_RUN_ONCE);
    o->took_ms = time_monotonic_ms() - start;
    EXPECT_INT(o->calls, 1);
}

#define DEADLINE_MS 30000

__attribute__((unused)) static void run_list(struct bench *b, const char *url,
                                             const struct git_credentials *creds, struct outcome *o)
{
    outcome_clear(o);
    memset(o, 0, sizeof(*o));
    git_list_remote(b->workers, url, creds, DEADLINE_MS, on_outcome, o);
    EXPECT_INT(o->calls, 0);
    bench_wait(b, o);
}

__attribute__((unused)) static void run_fetch(struct bench *b, const char *url, const char *dir,
                                              const char *ref, const char *oid,
                                              const struct git_credentials *creds,
                                              struct outcome *o)
{
    outcome_clear(o);
    memset(o, 0, sizeof(*o));
    git_fetch(b->workers, url, dir, ref, oid, NULL, creds, DEADLINE_MS, 0, on_outcome, o);
    bench_wait(b, o);
}

#define EXPECT_SUCCESS(o)                                                                          \
    do {                                                                                           \
        if ((o).message)                                                                           \
            fail_msg("%s", (o).message);                                                           \
    } while (0)
#define EXPECT_FAILURE(o, want_kind, part)                                                         \
    do {                                                                                           \
        EXPECT_CONTAINS((o).message, part);                                                        \
        EXPECT_STR(error_kind_name((o).kind), error_kind_name(want_kind));                         \
    } while (0)

#endif
