/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/schemas.h"
#include "daemon/schema_file.h"
#include "daemon/schema_load.h"
#include "lib/base/log.h"
#include "lib/base/sealed_file.h"
#include "lib/base/time.h"

#include <sys/stat.h>

#define LOADS_MAX 2         /* at once: a document takes ten times its size while it is parsed */
#define INDEX_FIRST_MS 2000 /* from one reading of the index to the next, doubled ... */
#define INDEX_LAST_MS 8000  /* ... and after this one it is told when there is news */
#define RETRY_FIRST_MS 5000
#define DELAY_MAX_MS 300000 /* ... up to this */
#define TELL_MS 50

struct group_version {
    struct cluster_schemas *schemas;
    char *group;
    char *version;
    struct kube_schema *schema; /* NULL: none yet */
    char *url;                  /* of `schema` or of the load */
    struct schema_load *load;
    bool settled;         /* the first attempt ended, well or not */
    uint64_t delay_ms;    /* of the last failure; 0: none */
    uint64_t retry_at_ms; /* not before */
};

struct cluster_schemas {
    uv_timer_t timer;
    uv_timer_t teller; /* runs while there is something to tell */
    unsigned open_handles;
    struct kube_client *client;
    struct worker_pool *pool;
    char *dir;
    cluster_schemas_changed_fn *changed;
    void *arg;
    struct openapi_index *index; /* NULL: none was read */
    struct openapi_index_fetch *index_fetch;
    bool index_failed;
    uint64_t index_delay_ms;
    uint64_t index_at_ms; /* when to read it next */
    bool sweep_due;
    struct map entries; /* "apps/v1" -> struct group_version */
    unsigned loads;
};

static void pump(struct cluster_schemas *s);

static uint64_t grown(uint64_t delay_ms, uint64_t first_ms)
{
    delay_ms = delay_ms ? delay_ms * 2 : first_ms;
    return delay_ms < DELAY_MAX_MS ? delay_ms : DELAY_MAX_MS;
}

static void on_tell(uv_timer_t *timer)
{
    struct cluster_schemas *s = timer->data;

    s->changed(s->arg);
}

static void tell(struct cluster_schemas *s)
{
    if (!uv_is_active((uv_handle_t *)&s->teller))
        uv_timer_start(&s->teller, on_tell, TELL_MS, 0);
}

static void settle(struct group_version *e)
{
    if (!e->settled)
        tell(e->schemas);
    e->settled = true;
}

/* ---- one group version ---- */

static void on_loaded(void *arg, struct kube_schema *schema, const struct error *err)
{
    struct group_version *e = arg;
    struct cluster_schemas *s = e->schemas;

    e->load = NULL;
    s->loads--;
    if (schema) {
        kube_schema_unref(e->schema);
        e->schema = kube_schema_ref(schema);
        e->delay_ms = 0;
        tell(s);
    } else {
        if (e->delay_ms == 0)
            log_event(LOG_WARN, "schema not read; what is built in is used", "group", e->group,
                      "version", e->version, "error", error_message(err), NULL);
        e->delay_ms = grown(e->delay_ms, RETRY_FIRST_MS);
        e->retry_at_ms = time_monotonic_ms() + e->delay_ms;
        free(TAKE(e->url));
    }
    settle(e);
    pump(s);
}

static void group_version_load(struct group_version *e, const char *url)
{
    struct cluster_schemas *s = e->schemas;

    free(e->url);
    e->url = xstrdup(url);
    e->load = schema_load_start(s->client, s->pool, s->dir, url, on_loaded, e);
    s->loads++;
}

/* Start what is to be loaded, as far as there is room. Returns when to look again. */
static uint64_t load_wanted(struct cluster_schemas *s, uint64_t now_ms)
{
    uint64_t next_ms = UINT64_MAX;
    struct map_entry *entry;
    size_t it = 0;

    while (s->index && (entry = map_next(&s->entries, &it))) {
        struct group_version *e = entry->value;
        const char *url = openapi_index_url(s->index, e->group, e->version);

        if (e->load || (url && streq(url, e->url)))
            continue;
        if (!url) /* it may come with a later index */
            settle(e);
        else if (e->retry_at_ms > now_ms)
            next_ms = e->retry_at_ms < next_ms ? e->retry_at_ms : next_ms;
        else if (s->loads < LOADS_MAX)
            group_version_load(e, url);
    }
    return next_ms;
}

/* ---- the index ---- */

struct sweep {
    struct worker_job job;
    char *dir;
    struct map keep;
};

static int sweep_work(struct worker_job *job, struct error **err __attribute__((unused)))
{
    struct sweep *w = CONTAINER_OF(job, struct sweep, job);

    sealed_files_sweep(w->dir, &w->keep);
    return 0;
}

static void on_swept(struct worker_job *job)
{
    struct sweep *w = CONTAINER_OF(job, struct sweep, job);

    map_clear(&w->keep);
    free(w->dir);
    free(w);
}

static void sweep(struct cluster_schemas *s)
{
    struct sweep *w = xcalloc(1, sizeof(*w));
    const char *url;
    size_t it = 0;

    w->dir = xstrdup(s->dir);
    while ((url = openapi_index_next(s->index, &it))) {
        cleanup_free char *path = schema_file_path(s->dir, url);

        map_set(&w->keep, path, w);
    }
    worker_run(s->pool, &w->job, sweep_work, on_swept);
    s->sweep_due = false;
}

static void settle_all(struct cluster_schemas *s)
{
    struct map_entry *entry;
    size_t it = 0;

    while ((entry = map_next(&s->entries, &it)))
        settle(entry->value);
}

/* Documents whose content is not in their URL are read again with every index that is asked for
 * because discovery changed. */
static void forget_without_hash(struct cluster_schemas *s)
{
    struct map_entry *entry;
    size_t it = 0;

    while ((entry = map_next(&s->entries, &it))) {
        struct group_version *e = entry->value;

        if (e->url && !e->load && !openapi_url_has_hash(e->url))
            free(TAKE(e->url));
    }
}

static void on_index(void *arg, struct openapi_index *index, const struct error *err)
{
    struct cluster_schemas *s = arg;

    s->index_fetch = NULL;
    s->index_delay_ms = grown(s->index_delay_ms, INDEX_FIRST_MS);
    s->index_at_ms = time_monotonic_ms() + s->index_delay_ms;
    if (index) {
        openapi_index_free(s->index);
        s->index = index;
        s->sweep_due = true;
    } else {
        if (!s->index_failed)
            log_event(LOG_WARN, "no schemas from the cluster; what is built in is used", "error",
                      error_message(err), NULL);
        if (!s->index)
            settle_all(s);
    }
    s->index_failed = !index;
    if (index && s->index_delay_ms > INDEX_LAST_MS)
        s->index_at_ms = UINT64_MAX;
    pump(s);
}

/* ---- the whole ---- */

static void on_timer(uv_timer_t *timer)
{
    pump(timer->data);
}

/* Start what is due, and the timer for what is due later. Nothing is read while nobody asks. */
static void pump(struct cluster_schemas *s)
{
    uint64_t now_ms = time_monotonic_ms(), next_ms;

    if (s->entries.count == 0)
        return;
    if (!s->index_fetch && s->index_at_ms <= now_ms)
        s->index_fetch = openapi_index_start(s->client, on_index, s);
    next_ms = load_wanted(s, now_ms);
    if (s->loads == 0 && s->sweep_due)
        sweep(s);
    if (!s->index_fetch && s->index_at_ms < next_ms)
        next_ms = s->index_at_ms;
    if (next_ms == UINT64_MAX)
        uv_timer_stop(&s->timer);
    else
        uv_timer_start(&s->timer, on_timer, next_ms - now_ms, 0);
}

static struct group_version *entry_of(struct cluster_schemas *s, const char *group,
                                      const char *version)
{
    cleanup_free char *key = xasprintf("%s/%s", group, version);
    struct map_entry *entry = map_entry(&s->entries, key);
    struct group_version *e = entry->value;

    if (e)
        return e;
    e = xcalloc(1, sizeof(*e));
    e->schemas = s;
    e->group = xstrdup(group);
    e->version = xstrdup(version);
    e->settled = !s->index && s->index_failed;
    entry->value = e;
    pump(s);
    return e;
}

const struct kube_type *cluster_schemas_find(struct cluster_schemas *s, const char *group,
                                             const char *version, const char *kind, bool *pending)
{
    struct group_version *e = entry_of(s, group, version);
    const struct kube_type *type =
        e->schema ? kube_schema_kind(e->schema, group, version, kind) : NULL;

    *pending = !e->settled;
    return type ? type : kube_schema_builtin(group, version, kind);
}

void cluster_schemas_refresh(struct cluster_schemas *s)
{
    s->index_delay_ms = 0;
    s->index_at_ms = 0;
    forget_without_hash(s);
    pump(s);
}

size_t cluster_schemas_bytes(const struct cluster_schemas *s)
{
    const struct map_entry *entry;
    size_t it = 0, bytes = 0;

    while ((entry = map_next(&s->entries, &it))) {
        const struct group_version *e = entry->value;

        bytes += e->schema ? kube_schema_bytes(e->schema) : 0;
    }
    return bytes;
}

struct cluster_schemas *cluster_schemas_new(uv_loop_t *loop, struct kube_client *client,
                                            struct worker_pool *pool, const char *dir,
                                            cluster_schemas_changed_fn *changed, void *arg)
{
    struct cluster_schemas *s = xcalloc(1, sizeof(*s));

    s->client = client;
    s->pool = pool;
    s->dir = xstrdup(dir);
    s->changed = changed;
    s->arg = arg;
    s->timer.data = s->teller.data = s;
    uv_timer_init(loop, &s->timer);
    uv_timer_init(loop, &s->teller);
    s->open_handles = 2;
    mkdir(dir, 0700); /* without it nothing is cached, which every write tells at debug */
    return s;
}

static void group_version_free(void *value)
{
    struct group_version *e = value;

    if (e->load)
        schema_load_cancel(e->load);
    kube_schema_unref(e->schema);
    free(e->group);
    free(e->version);
    free(e->url);
    free(e);
}

static void on_closed(uv_handle_t *handle)
{
    struct cluster_schemas *s = handle->data;

    if (--s->open_handles == 0)
        free(s);
}

void cluster_schemas_free(struct cluster_schemas *s)
{
    if (!s)
        return;
    if (s->index_fetch)
        openapi_index_cancel(s->index_fetch);
    map_clear_with(&s->entries, group_version_free);
    openapi_index_free(s->index);
    free(s->dir);
    uv_close((uv_handle_t *)&s->timer, on_closed);
    uv_close((uv_handle_t *)&s->teller, on_closed);
}
