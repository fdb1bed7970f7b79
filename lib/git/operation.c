/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/remote.h"
#include "lib/git/workers.h"

void operation_finish(struct git_operation *op, const struct git_refs *refs, struct error *err)
{
    op->done(op->arg, refs, err);
    error_free(err);
    error_free(op->early);
    git_secret_free(op->request);
    free(op->shown);
    free(op->dir);
    free(op);
}

void git_operation_cancel(struct git_operation *op)
{
    op->canceled = true;
    workers_wake(op->workers);
}

/* ---- answers ---- */

/* NULL where the child's answer is not what it should be. */
static struct git_refs *refs_from_json(const json_t *list)
{
    struct git_refs *refs;
    size_t count = json_array_size(list);

    if (!json_is_array(list))
        return NULL;
    refs = xcalloc(1, sizeof(*refs));
    refs->items = xcalloc(count ? count : 1, sizeof(*refs->items));
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = json_string_value(json_array_get(item, 0));
        const char *oid = json_string_value(json_array_get(item, 1));
        const char *tag = json_string_value(json_array_get(item, 3));
        struct git_ref *ref = &refs->items[refs->len];
        if (!name || !oid || strlen(oid) != GIT_OID_HEX_BYTES - 1 ||
            (tag && strlen(tag) != GIT_OID_HEX_BYTES - 1)) {
            git_refs_free(refs);
            return NULL;
        }
        ref->name = xstrdup(name);
        memcpy(ref->oid, oid, GIT_OID_HEX_BYTES);
        if (tag)
            memcpy(ref->tag, tag, GIT_OID_HEX_BYTES);
        ref->symref_target = xstrdup(json_string_value(json_array_get(item, 2)));
        refs->len++;
    }
    return refs;
}

/* Kinds come as numbers; one that is not ours is INTERNAL. */
static enum error_kind kind_from_json(const json_t *kind)
{
    json_int_t n = json_is_integer(kind) ? json_integer_value(kind) : -1;

    return n >= 0 && n <= ERROR_CANCELED ? (enum error_kind)n : ERROR_INTERNAL;
}

void operation_answer(struct git_operation *op, const json_t *answer)
{
    const json_t *failure = json_object_get(answer, "error");
    const json_t *list = json_object_get(answer, "refs");
    struct git_refs *refs = NULL;
    struct error *err = NULL;

    if (failure) {
        const char *message = json_string_value(json_object_get(failure, "message"));
        error_set(&err, kind_from_json(json_object_get(failure, "kind")), "%s",
                  message ? message : "the Git helper process gave no reason");
        error_set_code(err, (int)json_integer_value(json_object_get(failure, "code")));
    } else if (list && !(refs = refs_from_json(list))) {
        error_set(&err, ERROR_INTERNAL, "%s: the Git helper process talks nonsense", op->shown);
    }
    operation_finish(op, refs, err);
    git_refs_free(refs);
}

/* ---- requests ---- */

/* `request` is taken. */
static struct git_operation *submit(struct git_workers *w, json_t *request, const char *url,
                                    const char *dir, const struct git_credentials *creds,
                                    uint64_t timeout_ms, git_done_fn *done, void *arg)
{
    struct git_operation *op = xcalloc(1, sizeof(*op));
    char *text;

    op->workers = w;
    op->shown = git_url_shown(url);
    op->dir = xstrdup(dir);
    /* A CA is trusted by the whole process, so it must not serve another repository. */
    op->single = creds && creds->tls_ca;
    op->timeout_ms = timeout_ms;
    op->done = done;
    op->arg = arg;
    if (git_url_check(url, &op->early) == 0) {
        json_object_set_new(request, "credentials", git_credentials_to_json(creds));
        text = json_dumps(request, JSON_COMPACT);
        if (text) {
            op->request = xasprintf("%s\n", text);
            git_secret_free(text);
        } else {
            error_set(&op->early, ERROR_INVALID, "%s: the URL or the reference is not UTF-8",
                      op->shown);
        }
    }
    json_decref(request);
    workers_submit(op);
    return op;
}

struct git_operation *git_list_remote(struct git_workers *w, const char *url,
                                      const struct git_credentials *creds, uint64_t timeout_ms,
                                      git_done_fn *done, void *arg)
{
    json_t *request = json_object();

    json_object_set_new(request, "op", json_string("list"));
    json_object_set_new(request, "url", json_string(url));
    return submit(w, request, url, NULL, creds, timeout_ms, done, arg);
}

struct git_operation *git_fetch(struct git_workers *w, const char *url, const char *dir,
                                const char *ref, const char *oid, const char *tag,
                                const struct git_credentials *creds, uint64_t timeout_ms,
                                uint64_t max_bytes, git_done_fn *done, void *arg)
{
    json_t *request = json_object();

    json_object_set_new(request, "op", json_string("fetch"));
    json_object_set_new(request, "url", json_string(url));
    json_object_set_new(request, "dir", json_string(dir));
    json_object_set_new(request, "oid", json_string(oid));
    if (ref)
        json_object_set_new(request, "ref", json_string(ref));
    if (tag && *tag)
        json_object_set_new(request, "tag", json_string(tag));
    json_object_set_new(request, "max_bytes",
                        json_integer((json_int_t)(max_bytes > INT64_MAX ? INT64_MAX : max_bytes)));
    return submit(w, request, url, dir, creds, timeout_ms, done, arg);
}
