/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/poll_delay.h"
#include "daemon/source/source_parts.h"
#include "lib/base/log.h"
#include "lib/base/time.h"

struct revision *revision_get(struct repository *repo, const char *name, const char *tag_prefix)
{
    struct revision *r;

    for (size_t i = 0; i < repo->revisions.len; i++) {
        r = repo->revisions.items[i];
        if (streq(r->name, name) && streq(r->tag_prefix, tag_prefix))
            return r;
    }
    r = xcalloc(1, sizeof(*r));
    r->repo = repo;
    r->name = xstrdup(name);
    r->tag_prefix = xstrdup(tag_prefix);
    ptrvec_push(&repo->revisions, r);
    return r;
}

void revision_free(struct revision *r)
{
    free(r->name);
    free(r->tag_prefix);
    free(r->ref);
    error_free(r->err);
    ptrvec_clear(&r->subscriptions);
    free(r);
}

struct source_subscription *revision_subscribe(struct revision *r, source_changed_fn *changed,
                                               void *arg)
{
    struct source_subscription *s = xcalloc(1, sizeof(*s));

    *s = (struct source_subscription){.revision = r, .changed = changed, .arg = arg, .fresh = true};
    ptrvec_push(&r->subscriptions, s);
    return s;
}

void source_unsubscribe(struct source_subscription *s)
{
    struct revision *r = s->revision;

    for (size_t i = 0; i < r->subscriptions.len; i++)
        if (r->subscriptions.items[i] == s) {
            ptrvec_remove(&r->subscriptions, i);
            break;
        }
    free(s);
}

bool source_is_polling(const struct source_subscription *s)
{
    return s->asked;
}

const char *source_tag(const struct source_subscription *s, const char *oid)
{
    return streq(s->revision->oid, oid) ? s->revision->tag : "";
}

static void tell(struct revision *r, bool only_fresh)
{
    /* A callback may unsubscribe: walk a copy, and look whether each is still there. */
    cleanup_ptrvec struct ptrvec copy = {0};

    for (size_t i = 0; i < r->subscriptions.len; i++)
        ptrvec_push(&copy, r->subscriptions.items[i]);
    for (size_t i = 0; i < copy.len; i++) {
        struct source_subscription *s = copy.items[i];
        bool present = false;

        for (size_t j = 0; j < r->subscriptions.len && !present; j++)
            present = r->subscriptions.items[j] == s;
        if (!present || (only_fresh && !s->fresh))
            continue;
        s->fresh = false;
        s->asked = s->asked && r->repo->poll_again; /* else this is the poll that it asked for */
        s->changed(s->arg, r->oid, r->err);
    }
}

void revision_set_error(struct revision *r, const struct error *err)
{
    bool same = r->err && err && streq(error_message(r->err), error_message(err));

    if (same || (!r->err && !err))
        return;
    error_free(r->err);
    r->err = error_copy(err);
    if (err)
        log_event(LOG_WARN, "source failed", "repo", r->repo->shown, "targetRevision", r->name,
                  "error", error_message(err), NULL);
    else
        log_event(LOG_INFO, "source works again", "repo", r->repo->shown, "targetRevision", r->name,
                  NULL);
    tell(r, false);
}

void revision_tell_fresh(struct revision *r)
{
    if (*r->oid || r->err)
        tell(r, true);
}

void revision_end_asked(struct revision *r)
{
    for (size_t i = 0; i < r->subscriptions.len; i++) {
        struct source_subscription *s = r->subscriptions.items[i];

        s->fresh |= s->asked;
        s->asked = false;
    }
}

static bool is_here(const struct revision *r)
{
    return streq(r->wanted, r->oid) && streq(r->wanted_tag, r->tag);
}

void revision_arrived(struct revision *r)
{
    bool changed = !is_here(r);

    strcpy(r->oid, r->wanted);
    strcpy(r->tag, r->wanted_tag);
    if (changed) {
        log_event(LOG_INFO, "new revision", "repo", r->repo->shown, "targetRevision", r->name,
                  "revision", r->oid, NULL);
        error_free(r->err);
        r->err = NULL;
        tell(r, false);
        return;
    }
    revision_set_error(r, NULL);
}

void revision_resolve(struct revision *r, const struct git_refs *refs)
{
    cleanup_error struct error *why = NULL;

    free(r->ref);
    r->ref = NULL;
    *r->wanted_tag = '\0';
    if (git_refs_resolve_prefixed(refs, r->name, r->tag_prefix, r->wanted, &r->ref, &why) < 0) {
        *r->wanted = '\0';
        error_wrap(&why, "repository %s", r->repo->shown);
        revision_set_error(r, why);
        return;
    }
    strcpy(r->wanted_tag, git_refs_tag(refs, r->ref));
    if (is_here(r))
        revision_arrived(r);
}

bool revision_is_due(const struct revision *r)
{
    if (!*r->wanted || is_here(r))
        return false;
    return !streq(r->wanted, r->failed) || time_monotonic_ms() >= r->retry_at_ms;
}

void revision_fail(struct revision *r, const struct error *err)
{
    r->repo->set->stats.failures++;
    strcpy(r->failed, r->wanted);
    r->retry_at_ms = time_monotonic_ms() + POLL_MAX_FAILURE_DELAY_MS;
    revision_set_error(r, err);
}
