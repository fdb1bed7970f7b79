/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/source.h"

#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "tests/lib/git/git_test_child.h"
#include "tests/lib/git/git_test_repo.h"

#define POLL_MS 100
#define WAIT_MS 60000

struct fixture {
    uv_loop_t loop;
    struct source_set *set;
    char *origin;
    char *url;
    char *state;
    bool holds; /* who asks to sign in */
    source_signed_in_fn *signed_in;
    void *repo; /* that is held */
};

/* What one subscriber has been told. */
struct subscriber {
    struct source_subscription *subscription;
    unsigned calls;
    char oid[GIT_OID_HEX_BYTES];
    char *error;
    enum error_kind kind;
    bool leave;                /* unsubscribe in the callback */
    struct subscriber *expels; /* unsubscribe this one in the callback */
};

static void on_sign_in(void *arg, const char *url, source_signed_in_fn *done, void *repo)
{
    struct fixture *f = arg;

    EXPECT_STR(url, f->url);
    f->signed_in = done;
    f->repo = repo;
    if (!f->holds)
        done(repo, NULL);
}

static bool on_refused(void *arg, const char *url, uint64_t signed_in_ms)
{
    (void)arg;
    (void)url;
    (void)signed_in_ms;
    return false;
}

static void setup(struct fixture *f)
{
    static unsigned number;
    struct source_options options = {.poll_ms = POLL_MS,
                                     .timeout_ms = WAIT_MS,
                                     .sign_in = on_sign_in,
                                     .refused = on_refused,
                                     .arg = f};

    memset(f, 0, sizeof(*f));
    f->origin = xasprintf("%s/origin%u", test_tmpdir(), number);
    f->state = xasprintf("%s/state%u", test_tmpdir(), number++);
    f->url = xasprintf("file://%s", f->origin);
    SH("mkdir %s; cd %s; git init -q -b main .; git commit -q --allow-empty -m 1", f->origin,
       f->origin);
    uv_loop_init(&f->loop);
    options.state_dir = f->state;
    f->set = source_set_new(&f->loop, &options);
}

static void subscriber_clear(struct subscriber *s)
{
    free(s->error);
    *s = (struct subscriber){0};
}

static void teardown(struct fixture *f)
{
    source_set_free(f->set);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    EXPECT_INT(uv_loop_close(&f->loop), 0);
    free(f->origin);
    free(f->url);
    free(f->state);
}

/* A new commit on the branch; its id. Heap string. */
static char *commit(const struct fixture *f, const char *branch)
{
    return sh("cd %s; git checkout -q -B %s; git commit -q --allow-empty -m next; "
              "git rev-parse HEAD; git checkout -q main",
              f->origin, branch);
}

static char *head(const struct fixture *f)
{
    return sh("git -C %s rev-parse main", f->origin);
}

static void on_changed(void *arg, const char *oid, const struct error *err)
{
    struct subscriber *s = arg;

    s->calls++;
    snprintf(s->oid, sizeof(s->oid), "%s", oid);
    free(s->error);
    s->error = err ? xstrdup(error_message(err)) : NULL;
    if (err)
        s->kind = error_kind(err);
    if (s->expels && s->expels->subscription)
        source_unsubscribe(TAKE(s->expels->subscription));
    if (s->leave)
        source_unsubscribe(TAKE(s->subscription));
}

static void subscribe(struct fixture *f, struct subscriber *s, const char *revision)
{
    s->subscription = source_subscribe(f->set, f->url, revision, "", on_changed, s);
}

static void run_until(struct fixture *f, const struct subscriber *s, unsigned calls)
{
    uint64_t end = time_monotonic_ms() + WAIT_MS;

    while (s->calls < calls && time_monotonic_ms() < end)
        uv_run(&f->loop, UV_RUN_ONCE);
    EXPECT_INT(s->calls, calls);
}

static void run_polls(struct fixture *f, uint64_t count)
{
    uint64_t goal = source_set_stats(f->set).polls + count;
    uint64_t end = time_monotonic_ms() + WAIT_MS;

    while (source_set_stats(f->set).polls < goal && time_monotonic_ms() < end)
        uv_run(&f->loop, UV_RUN_ONCE);
    EXPECT(source_set_stats(f->set).polls >= goal);
}

static bool has_commit(const struct subscriber *s)
{
    cleanup_git_repository struct git_repository_handle *repo = NULL;
    cleanup_error struct error *err = NULL;

    return git_open(source_dir(s->subscription), &repo, &err) == 0 && git_has_commit(repo, s->oid);
}

TEST(the_first_revision_then_each_new_commit_once)
{
    struct fixture f;
    struct subscriber s = {0};
    char *oid;

    setup(&f);
    oid = head(&f);
    subscribe(&f, &s, "HEAD");
    EXPECT_INT(s.calls, 0);
    EXPECT(str_has_prefix(source_dir(s.subscription), f.state));
    run_until(&f, &s, 1);
    EXPECT_STR(s.oid, oid);
    EXPECT_NULL(s.error);
    EXPECT(has_commit(&s));
    run_polls(&f, 3);
    EXPECT_INT(s.calls, 1);
    EXPECT_INT(source_set_stats(f.set).fetches, 1);

    for (unsigned i = 2; i < 4; i++) {
        free(oid);
        oid = commit(&f, "main");
        run_until(&f, &s, i);
        EXPECT_STR(s.oid, oid);
        EXPECT(has_commit(&s));
        EXPECT_INT(source_set_stats(f.set).fetches, i);
    }
    EXPECT_INT(source_set_stats(f.set).failures, 0);
    free(oid);
    subscriber_clear(&s);
    teardown(&f);
}

static char *tag(const struct fixture *f, const char *message)
{
    return sh("cd %s; git tag -f -a -m %s v1 main >/dev/null; git rev-parse refs/tags/v1",
              f->origin, message);
}

/* Also where its commit was there before. */
TEST(an_annotated_tag_comes_with_its_object_and_may_be_made_anew)
{
    struct fixture f;
    struct subscriber branch = {0};
    struct subscriber s = {0};

    setup(&f);
    subscribe(&f, &branch, "main");
    run_until(&f, &branch, 1);
    for (unsigned i = 1; i < 3; i++) {
        cleanup_free char *object = tag(&f, i == 1 ? "first" : "second");

        if (i == 1)
            subscribe(&f, &s, "v1");
        run_until(&f, &s, i);
        EXPECT_STR(s.oid, branch.oid);
        EXPECT_STR(source_tag(s.subscription, s.oid), object);
        EXPECT_STR(source_tag(s.subscription, object), "");
        EXPECT_STR(source_tag(branch.subscription, s.oid), "");
        SH("test $(git -C %s cat-file -t %s) = tag", source_dir(s.subscription), object);
    }
    run_polls(&f, 2);
    EXPECT_INT(source_set_stats(f.set).fetches, 3);
    EXPECT_INT(branch.calls, 1);
    subscriber_clear(&branch);
    subscriber_clear(&s);
    teardown(&f);
}

TEST(revisions_of_one_repository_share_the_polls_and_not_the_errors)
{
    struct fixture f;
    struct subscriber main_branch = {0};
    struct subscriber dev = {0};
    struct subscriber absent = {0};
    struct subscriber again = {0};
    char *oid, *dev_oid;

    setup(&f);
    oid = head(&f);
    dev_oid = commit(&f, "dev");
    subscribe(&f, &main_branch, "main");
    subscribe(&f, &dev, "dev");
    subscribe(&f, &absent, "absent");
    run_until(&f, &main_branch, 1);
    run_until(&f, &dev, 1);
    run_until(&f, &absent, 1);
    EXPECT_STR(main_branch.oid, oid);
    EXPECT_STR(dev.oid, dev_oid);
    EXPECT_NULL(dev.error);
    EXPECT_STR(absent.oid, "");
    EXPECT_CONTAINS(absent.error, "absent");
    EXPECT_CONTAINS(absent.error, f.url);
    EXPECT_INT(absent.kind, ERROR_NOT_FOUND);
    EXPECT(source_dir(dev.subscription) == source_dir(main_branch.subscription));
    run_polls(&f, 2);
    EXPECT_INT(absent.calls, 1); /* the same error is told once */
    EXPECT_INT(main_branch.calls, 1);

    /* A second subscriber of a known revision is told, the first one is not disturbed. */
    subscribe(&f, &again, "dev");
    run_until(&f, &again, 1);
    EXPECT_STR(again.oid, dev_oid);
    EXPECT_INT(dev.calls, 1);

    /* The branch appears. */
    SH("git -C %s branch absent dev", f.origin);
    run_until(&f, &absent, 2);
    EXPECT_STR(absent.oid, dev_oid);
    EXPECT_NULL(absent.error);

    /* The branch goes: the last commit stays known. */
    SH("git -C %s branch -q -D dev", f.origin);
    run_until(&f, &dev, 2);
    EXPECT_STR(dev.oid, dev_oid);
    EXPECT_CONTAINS(dev.error, "dev");
    EXPECT_INT(main_branch.calls, 1);
    free(oid);
    free(dev_oid);
    subscriber_clear(&main_branch);
    subscriber_clear(&dev);
    subscriber_clear(&absent);
    subscriber_clear(&again);
    teardown(&f);
}

/* A subscriber that comes while the revision is in error learns of it, too. */
TEST(a_late_subscriber_learns_of_an_error)
{
    struct fixture f;
    struct subscriber first = {0};
    struct subscriber late = {0};

    setup(&f);
    subscribe(&f, &first, "absent");
    run_until(&f, &first, 1);
    run_polls(&f, 1);
    subscribe(&f, &late, "absent");
    run_until(&f, &late, 1);
    EXPECT_CONTAINS(late.error, "absent");
    EXPECT_INT(first.calls, 1);
    subscriber_clear(&first);
    subscriber_clear(&late);
    teardown(&f);
}

TEST(a_repository_that_goes_keeps_its_revision_and_comes_back)
{
    struct fixture f;
    struct subscriber s = {0};
    struct subscriber late = {0};
    char *oid;

    setup(&f);
    oid = head(&f);
    subscribe(&f, &s, "main");
    run_until(&f, &s, 1);
    SH("mv %s %s.gone", f.origin, f.origin);
    run_until(&f, &s, 2);
    EXPECT_STR(s.oid, oid);
    EXPECT_CONTAINS(s.error, f.url);
    EXPECT_INT(s.kind, ERROR_NOT_FOUND);
    EXPECT(has_commit(&s));
    EXPECT(source_set_stats(f.set).failures >= 1);
    subscribe(&f, &late, "main");
    run_until(&f, &late, 1);
    EXPECT_STR(late.oid, oid);
    EXPECT_CONTAINS(late.error, f.url);

    SH("mv %s.gone %s", f.origin, f.origin);
    source_poll_now(s.subscription);
    run_until(&f, &s, 3);
    EXPECT_STR(s.oid, oid);
    EXPECT_NULL(s.error);
    EXPECT_INT(source_set_stats(f.set).fetches, 1);

    /* Gone again, back with another commit. */
    SH("mv %s %s.gone", f.origin, f.origin);
    run_until(&f, &s, 4);
    EXPECT(s.error);
    SH("mv %s.gone %s", f.origin, f.origin);
    free(oid);
    oid = commit(&f, "main");
    run_until(&f, &s, 5);
    EXPECT_STR(s.oid, oid);
    EXPECT_NULL(s.error);
    free(oid);
    subscriber_clear(&s);
    subscriber_clear(&late);
    teardown(&f);
}

TEST(who_asks_is_told_also_where_nothing_is_new)
{
    struct fixture f;
    struct subscriber s = {0}, other = {0};
    char *oid;

    setup(&f);
    oid = commit(&f, "main");
    subscribe(&f, &s, "main");
    subscribe(&f, &other, "main");
    run_until(&f, &s, 1);
    source_poll_now(s.subscription);
    EXPECT(source_is_polling(s.subscription));
    EXPECT(!source_is_polling(other.subscription));
    run_until(&f, &s, 2);
    EXPECT(!source_is_polling(s.subscription));
    EXPECT_STR(s.oid, oid);
    EXPECT_NULL(s.error);
    EXPECT_INT(other.calls, 1);
    free(oid);

    oid = commit(&f, "main");
    source_poll_now(s.subscription);
    run_until(&f, &s, 3);
    EXPECT_STR(s.oid, oid); /* told once, when it is here */
    EXPECT(!source_is_polling(s.subscription));
    free(oid);
    subscriber_clear(&s);
    subscriber_clear(&other);
    teardown(&f);
}

TEST(a_callback_may_unsubscribe_itself_and_others)
{
    struct fixture f;
    struct subscriber leaver = {.leave = true};
    struct subscriber victim = {0};
    struct subscriber stays = {.expels = &victim};
    struct subscriber last = {0};
    char *oid;

    setup(&f);
    subscribe(&f, &leaver, "main");
    subscribe(&f, &stays, "main");
    subscribe(&f, &victim, "main");
    subscribe(&f, &last, "main");
    run_until(&f, &last, 1);
    EXPECT_INT(leaver.calls, 1);
    EXPECT_INT(stays.calls, 1);
    EXPECT_INT(victim.calls, 0);
    oid = commit(&f, "main");
    run_until(&f, &last, 2);
    EXPECT_STR(last.oid, oid);
    EXPECT_INT(leaver.calls, 1);
    EXPECT_INT(victim.calls, 0);
    free(oid);
    subscriber_clear(&leaver);
    subscriber_clear(&stays);
    subscriber_clear(&victim);
    subscriber_clear(&last);
    teardown(&f);
}

/* The revision goes with its last subscriber, while its own callback runs. */
TEST(the_last_subscriber_may_leave_in_its_callback)
{
    static const char *const revisions[] = {"main", "absent"};

    for (size_t i = 0; i < ARRAY_LEN(revisions); i++) {
        struct fixture f;
        struct subscriber leaver = {.leave = true};
        struct subscriber other = {0};

        setup(&f);
        subscribe(&f, &leaver, revisions[i]);
        subscribe(&f, &other, "HEAD");
        run_until(&f, &leaver, 1);
        run_until(&f, &other, 1);
        EXPECT_NULL(other.error);
        subscriber_clear(&leaver);
        subscriber_clear(&other);
        teardown(&f);
    }
}

/* ... and take all others along. */
TEST(one_subscriber_may_end_the_revision_for_all)
{
    struct fixture f;
    struct subscriber victim = {0};
    struct subscriber leaver = {.leave = true, .expels = &victim};
    struct subscriber other = {0};

    setup(&f);
    subscribe(&f, &leaver, "main");
    subscribe(&f, &victim, "main");
    subscribe(&f, &other, "HEAD");
    run_until(&f, &leaver, 1);
    run_until(&f, &other, 1);
    run_polls(&f, 2);
    EXPECT_INT(victim.calls, 0);
    EXPECT_NULL(other.error);
    subscriber_clear(&leaver);
    subscriber_clear(&other);
    teardown(&f);
}

/* ... also when the whole repository fails. */
TEST(subscribers_may_leave_when_the_repository_fails)
{
    struct fixture f;
    struct subscriber a = {.leave = true};
    struct subscriber b = {0};
    struct subscriber c = {0};

    setup(&f);
    SH("rm -rf %s", f.origin);
    subscribe(&f, &a, "a");
    subscribe(&f, &b, "b");
    subscribe(&f, &c, "c");
    run_until(&f, &a, 1);
    run_until(&f, &b, 1);
    run_until(&f, &c, 1);
    EXPECT(a.error && b.error && c.error);
    subscriber_clear(&a);
    subscriber_clear(&b);
    subscriber_clear(&c);
    teardown(&f);
}

TEST(nothing_is_told_after_unsubscribing)
{
    struct fixture f;
    struct subscriber s = {0};
    struct subscriber other = {0};

    setup(&f);
    subscribe(&f, &s, "main");
    source_unsubscribe(s.subscription);
    subscribe(&f, &s, "main");
    uv_run(&f.loop, UV_RUN_NOWAIT); /* the list is under way */
    source_unsubscribe(s.subscription);
    subscribe(&f, &other, "main");
    run_until(&f, &other, 1);
    EXPECT_INT(s.calls, 0);
    source_unsubscribe(other.subscription);
    run_polls(&f, 0);
    subscriber_clear(&s);
    subscriber_clear(&other);
    teardown(&f);
}

TEST(a_commit_id_is_fetched_once_and_never_polled)
{
    struct fixture f;
    struct subscriber s = {0};
    struct subscriber late = {0};
    uint64_t polls, end;
    char *oid, *newer;

    setup(&f);
    oid = head(&f);
    newer = commit(&f, "main");
    subscribe(&f, &s, oid);
    run_until(&f, &s, 1);
    EXPECT_STR(s.oid, oid);
    EXPECT_NULL(s.error);
    EXPECT(has_commit(&s));
    polls = source_set_stats(f.set).polls;
    end = time_monotonic_ms() + (uint64_t)5 * POLL_MS;
    while (time_monotonic_ms() < end)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_INT(source_set_stats(f.set).polls, polls);

    subscribe(&f, &late, oid); /* is told from what is known */
    run_until(&f, &late, 1);
    EXPECT_STR(late.oid, oid);
    EXPECT_INT(source_set_stats(f.set).polls, polls);
    EXPECT_INT(s.calls, 1);

    source_unsubscribe(s.subscription);
    source_unsubscribe(late.subscription);
    memset(&s, 0, sizeof(s));
    subscribe(&f, &s, "0123456789012345678901234567890123456789");
    run_until(&f, &s, 1);
    EXPECT_STR(s.oid, "");
    EXPECT_CONTAINS(s.error, "0123456789012345678901234567890123456789");
    free(oid);
    free(newer);
    subscriber_clear(&s);
    teardown(&f);
}

/* One revision that cannot be fetched must not hold up the others of its repository. */
TEST(a_commit_that_is_nowhere_does_not_stop_a_branch)
{
    struct fixture f;
    struct subscriber nowhere = {0};
    struct subscriber s = {0};
    char *oid;

    setup(&f);
    subscribe(&f, &nowhere, "0123456789012345678901234567890123456789");
    subscribe(&f, &s, "main");
    run_until(&f, &nowhere, 1);
    EXPECT(nowhere.error);
    oid = head(&f);
    for (uint64_t end = time_monotonic_ms() + WAIT_MS; !*s.oid && time_monotonic_ms() < end;)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_STR(s.oid, oid);
    EXPECT_NULL(s.error);
    free(oid);
    oid = commit(&f, "main");
    for (uint64_t end = time_monotonic_ms() + WAIT_MS;
         !streq(s.oid, oid) && time_monotonic_ms() < end;)
        uv_run(&f.loop, UV_RUN_ONCE);
    EXPECT_STR(s.oid, oid);
    EXPECT_NULL(s.error);
    free(oid);
    subscriber_clear(&nowhere);
    subscriber_clear(&s);
    teardown(&f);
}

TEST(a_clone_that_was_deleted_is_fetched_again_when_asked)
{
    struct fixture f;
    struct subscriber s = {0};
    char *oid;

    setup(&f);
    oid = head(&f);
    subscribe(&f, &s, "main");
    run_until(&f, &s, 1);
    SH("rm -rf %s", source_dir(s.subscription));
    EXPECT(!has_commit(&s));
    source_forget(s.subscription);
    run_until(&f, &s, 2);
    EXPECT_STR(s.oid, oid);
    EXPECT(has_commit(&s));
    EXPECT_INT(source_set_stats(f.set).fetches, 2);
    free(oid);
    subscriber_clear(&s);
    teardown(&f);
}

/* Until a repository waits for it. */
static void run_until_held(struct fixture *f)
{
    uint64_t end = time_monotonic_ms() + WAIT_MS;

    f->repo = NULL;
    while (!f->repo && time_monotonic_ms() < end)
        uv_run(&f->loop, UV_RUN_ONCE);
    EXPECT(f->repo != NULL);
}

TEST(a_repository_is_asked_when_its_credentials_are_there)
{
    struct fixture f;
    struct subscriber s = {0};
    struct error *err = NULL;
    char *oid;

    setup(&f);
    oid = head(&f);
    f.holds = true;
    subscribe(&f, &s, "main");
    run_until_held(&f);
    EXPECT_INT(source_set_stats(f.set).polls, 0);
    EXPECT(source_set_busy_since_ms(f.set) > 0);
    error_set(&err, ERROR_DENIED, "no token");
    f.signed_in(f.repo, err);
    error_free(TAKE(err));
    EXPECT_STR(s.error, "no token");
    EXPECT_INT(source_set_busy_since_ms(f.set), 0);
    run_until_held(&f);
    EXPECT_INT(source_set_stats(f.set).polls, 0);
    f.signed_in(f.repo, NULL);
    run_until(&f, &s, 2);
    EXPECT_STR(s.oid, oid);
    EXPECT_NULL(s.error);
    run_until_held(&f);
    /* The set ends, and so does what it waits for. */
    source_set_free(TAKE(f.set));
    error_set(&err, ERROR_CANCELED, "given up");
    f.signed_in(f.repo, err);
    error_free(err);
    EXPECT_NULL(s.error);
    free(oid);
    subscriber_clear(&s);
    teardown(&f);
}

TEST(a_set_can_end_in_the_middle_of_anything)
{
    for (unsigned turns = 0; turns < 6; turns++) {
        struct fixture f;
        struct subscriber s = {0};

        setup(&f);
        subscribe(&f, &s, "main");
        for (unsigned i = 0; i < turns; i++)
            uv_run(&f.loop, UV_RUN_NOWAIT);
        teardown(&f);
        EXPECT(!s.error);
        subscriber_clear(&s);
    }
}
