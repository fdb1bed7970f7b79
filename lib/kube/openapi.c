/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/openapi.h"
#include "lib/base/map.h"

#define DOCUMENT_MAX_BYTES (64UL << 20)
#define DOCUMENT_TIMEOUT_MS 60000
#define DOCUMENT_IDLE_MS 20000

struct openapi_index {
    struct map urls; /* "apis/apps/v1" -> the path and query; owned */
};

/* From the answer of /openapi/v3. */
static int openapi_index_parse(const char *text, size_t len, struct openapi_index **out,
                               struct error **err)
{
    json_t *answer = json_loadb(text, len, 0, NULL);
    json_t *paths = json_object_get(answer, "paths"), *entry;
    struct openapi_index *index;
    const char *path;

    if (!json_is_object(paths)) {
        json_decref(answer);
        return error_set(err, ERROR_INVALID, "/openapi/v3 lists no paths");
    }
    index = xcalloc(1, sizeof(*index));
    json_object_foreach (paths, path, entry) {
        const char *url = json_string_value(json_object_get(entry, "serverRelativeURL"));

        if (url && str_has_prefix(url, "/openapi/v3/"))
            free(map_set(&index->urls, path, xstrdup(url)));
    }
    json_decref(answer);
    *out = index;
    return 0;
}

void openapi_index_free(struct openapi_index *index)
{
    if (!index)
        return;
    map_clear_with(&index->urls, free);
    free(index);
}

const char *openapi_index_url(const struct openapi_index *index, const char *group,
                              const char *version)
{
    cleanup_free char *path =
        *group ? xasprintf("apis/%s/%s", group, version) : xasprintf("api/%s", version);

    return map_find(&index->urls, path);
}

const char *openapi_index_next(const struct openapi_index *index, size_t *it)
{
    const struct map_entry *entry = map_next(&index->urls, it);

    return entry ? entry->value : NULL;
}

bool openapi_url_has_hash(const char *url)
{
    const char *query = strchr(url, '?');

    return query && (str_has_prefix(query, "?hash=") || strstr(query, "&hash="));
}

struct openapi_document_fetch {
    struct kube_call *call;
    struct buf text;
    struct error *err;              /* the document is too large */
    openapi_document_done_fn *done; /* NULL: canceled */
    void *arg;
};

static void on_document_data(void *arg, const char *data, size_t len)
{
    struct openapi_document_fetch *f = arg;

    if (len > 0 && !f->err && buf_append(&f->text, data, len, &f->err) < 0)
        kube_call_cancel(f->call);
}

static void on_document_done(void *arg, const json_t *object __attribute__((unused)),
                             const struct error *err)
{
    struct openapi_document_fetch *f = arg;

    if (f->err)
        err = f->err;
    if (f->done)
        f->done(f->arg, err ? NULL : &f->text, err);
    buf_clear(&f->text);
    error_free(f->err);
    free(f);
}

struct openapi_document_fetch *openapi_document_start(struct kube_client *client, const char *url,
                                                      openapi_document_done_fn *done, void *arg)
{
    struct openapi_document_fetch *f = xcalloc(1, sizeof(*f));
    struct kube_call_spec spec = {.method = "GET", .path = url, .timeout_ms = DOCUMENT_TIMEOUT_MS};

    f->text = BUF_INIT(DOCUMENT_MAX_BYTES);
    f->done = done;
    f->arg = arg;
    f->call =
        kube_stream_start(client, &spec, DOCUMENT_IDLE_MS, on_document_data, on_document_done, f);
    return f;
}

void openapi_document_cancel(struct openapi_document_fetch *f)
{
    f->done = NULL;
    kube_call_cancel(f->call);
}

struct openapi_index_fetch {
    struct openapi_document_fetch *text;
    openapi_index_done_fn *done;
    void *arg;
};

static void on_index(void *arg, struct buf *text, const struct error *err)
{
    struct openapi_index_fetch *f = arg;
    struct openapi_index *index = NULL;
    cleanup_error struct error *invalid = NULL;

    if (!err && openapi_index_parse(text->data, text->len, &index, &invalid) < 0)
        err = invalid;
    f->done(f->arg, index, err);
    free(f);
}

struct openapi_index_fetch *openapi_index_start(struct kube_client *client,
                                                openapi_index_done_fn *done, void *arg)
{
    struct openapi_index_fetch *f = xcalloc(1, sizeof(*f));

    f->done = done;
    f->arg = arg;
    /* As text, too: the API server calls it text/plain. */
    f->text = openapi_document_start(client, "/openapi/v3", on_index, f);
    return f;
}

void openapi_index_cancel(struct openapi_index_fetch *f)
{
    openapi_document_cancel(f->text);
    free(f);
}
