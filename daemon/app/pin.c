/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/pin.h"

#include "daemon/app/revision.h"

struct app_pin {
    bool of_operation; /* `sources` are not those of the spec */
    struct app_sources sources;
    uint64_t hash;           /* of them */
    struct strvec revisions; /* of each source, "" what it says itself */
    struct strvec commits;   /* those that the application was at; else "" */
};

void pin_free(struct app_pin *pin)
{
    if (!pin)
        return;
    app_sources_clear(&pin->sources);
    strvec_clear(&pin->revisions);
    strvec_clear(&pin->commits);
    free(pin);
}

/* ---- what counts now ---- */

bool app_is_pinned(const struct app *app)
{
    return app->pin != NULL;
}

const struct app_sources *app_sources_now(const struct app *app)
{
    if (app->pin && app->pin->of_operation)
        return &app->pin->sources;
    return app->spec ? &app->spec->sources : NULL;
}

bool app_is_synced(const struct app *app)
{
    const struct app_sources *sources = app_sources_now(app);

    return streq(app->synced, app->rendered) && sources &&
           app->synced_sources == packed_hash(sources->written) &&
           app->synced_remotes == app->rendered_remotes;
}

/* The spec may have been edited since: then there may be more sources than the pin knows. */
static const char *pinned(const struct strvec *list, size_t i)
{
    return i < list->len && *list->items[i] ? list->items[i] : NULL;
}

const char *pin_revision(const struct app *app, size_t i)
{
    return app->pin ? pinned(&app->pin->revisions, i) : NULL;
}

const char *pin_commit(const struct app *app, size_t i)
{
    return app->pin ? pinned(&app->pin->commits, i) : NULL;
}

uint64_t pin_hash(const struct app *app)
{
    return app->pin ? app->pin->hash : 0;
}

const char *app_pin_problem(const struct app *app)
{
    if (!app->pin)
        return NULL;
    if (!*app->target)
        return app->source_error;
    return app->state == APP_BROKEN ? app->render_error : NULL;
}

/* ---- an operation ---- */

static int read_sources(struct app_pin *pin, const struct app *app, const json_t *sync,
                        struct error **err)
{
    if (!source_field_is_set(sync, "source") && !source_field_is_set(sync, "sources"))
        return 0;
    if (app_sources_parse(sync, "operation.sync", &pin->sources, err) < 0)
        return -1;
    if (packed_equal(pin->sources.written, app->spec->sources.written))
        return 0;
    pin->of_operation = true;
    pin->hash = packed_hash(pin->sources.written);
    return 0;
}

static int check_revisions(const json_t *sync, const struct app_sources *sources,
                           struct error **err)
{
    const json_t *list = json_object_get(sync, "revisions");
    const json_t *one = json_object_get(sync, "revision");

    if (one && !json_is_null(one) && !json_is_string(one))
        return error_set(err, ERROR_INVALID, "operation.sync.revision must be a string");
    if (json_array_size(list) && json_array_size(list) != sources->count)
        return error_set(err, ERROR_INVALID,
                         "operation.sync.revisions has %zu entries, but the application has %zu "
                         "sources",
                         json_array_size(list), sources->count);
    if (!json_array_size(list) && app_sources_are_several(sources) && sources->count > 1 &&
        source_field_is_set(sync, "revision"))
        return error_set(err, ERROR_INVALID,
                         "operation.sync.revision is for one source, but the application has %zu: "
                         "name the revision of each in operation.sync.revisions",
                         sources->count);
    return 0;
}

static const char *revision_asked(const json_t *sync, size_t i)
{
    const json_t *list = json_object_get(sync, "revisions");
    const json_t *value =
        json_array_size(list) ? json_array_get(list, i) : json_object_get(sync, "revision");

    return json_string_value(value) ? json_string_value(value) : "";
}

/* Is the application at this commit of that very source already? */
static bool is_there(const struct app *app, const struct app_source *source, size_t i,
                     const char *revision)
{
    const struct app_sources *own = &app->spec->sources;
    char oid[GIT_OID_HEX_BYTES];

    return !app->pin && i < own->count && streq(own->items[i].repo_url, source->repo_url) &&
           revision_at(app->target, i, oid) && strcasecmp(oid, revision) == 0;
}

static bool read_revisions(struct app_pin *pin, const struct app *app, const json_t *sync,
                           const struct app_sources *sources)
{
    bool any = false;

    for (size_t i = 0; i < sources->count; i++) {
        const char *revision = revision_asked(sync, i);
        char oid[GIT_OID_HEX_BYTES] = "";

        if (is_there(app, &sources->items[i], i, revision))
            revision_at(app->target, i, oid);
        strvec_push(&pin->commits, oid);
        strvec_push(&pin->revisions, *oid ? "" : revision);
        any |= *revision != '\0';
    }
    return any;
}

static int check_permitted(const struct app *app, const struct app_sources *sources,
                           struct error **err)
{
    for (size_t i = 0; app->project && i < sources->count; i++)
        if (!project_permits_source(app->project, sources->items[i].repo_url))
            return error_set(err, ERROR_DENIED,
                             "application repo %s is not permitted in project '%s'",
                             sources->items[i].repo_url, app->project->name);
    return 0;
}

int pin_read(const struct app *app, const json_t *sync, struct app_pin **out, struct error **err)
{
    struct app_pin *pin;
    const struct app_sources *sources;

    if (!app->spec)
        return error_set(err, ERROR_INVALID, "%s", app->spec_error);
    pin = xcalloc(1, sizeof(*pin));
    if (read_sources(pin, app, sync, err) < 0) {
        pin_free(pin);
        return -1;
    }
    sources = pin->of_operation ? &pin->sources : &app->spec->sources;
    if (check_revisions(sync, sources, err) < 0 || check_permitted(app, sources, err) < 0) {
        pin_free(pin);
        return -1;
    }
    if (!read_revisions(pin, app, sync, sources) && !pin->of_operation) {
        pin_free(pin);
        pin = NULL;
    }
    *out = pin;
    return 0;
}
