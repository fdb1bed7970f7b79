/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/app_facts.h"

#include "daemon/object/identity.h"
#include "lib/base/buf.h"
#include "lib/git/git.h"

#define DIGEST_DIGITS 12

static const json_t *status_part(const json_t *app, const char *part)
{
    return json_object_get(json_object_get(app, "status"), part);
}

const char *app_sync(const json_t *app)
{
    return object_string(status_part(app, "sync"), "status");
}

const char *app_health(const json_t *app)
{
    return object_string(status_part(app, "health"), "status");
}

bool app_is_suspended(const json_t *app)
{
    const json_t *policy = json_object_get(json_object_get(app, "spec"), "syncPolicy");

    return json_is_false(json_object_get(json_object_get(policy, "automated"), "enabled"));
}

char *app_revision_of(const json_t *holder)
{
    const json_t *revisions = json_object_get(holder, "revisions");
    struct buf out = BUF_UNLIMITED;
    const json_t *revision;
    size_t i;

    if (!json_array_size(revisions))
        return xstrdup(object_string(holder, "revision"));
    json_array_foreach (revisions, i, revision) {
        const char *text = json_string_value(revision);

        buf_printf(&out, "%s%s", i ? ", " : "", text ? text : "");
    }
    return buf_take(&out);
}

char *app_revision(const json_t *app)
{
    return app_revision_of(status_part(app, "sync"));
}

const json_t *app_first_source(const json_t *app)
{
    const json_t *spec = json_object_get(app, "spec");
    const json_t *first = json_array_get(json_object_get(spec, "sources"), 0);

    return first ? first : json_object_get(spec, "source");
}

char *app_shown_url(const char *url)
{
    return str_has_prefix(url, "http") ? git_url_shown(url) : xstrdup(url);
}

const json_t *app_images(const json_t *app)
{
    return json_object_get(status_part(app, "summary"), "images");
}

char *app_short_image(const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *name = slash ? slash + 1 : image;
    const char *digest = strstr(name, "@sha256:");

    if (!digest)
        return xstrdup(name);
    return xasprintf("%.*s@%.*s", (int)(digest - name), name, DIGEST_DIGITS,
                     digest + strlen("@sha256:"));
}

char *app_first_trouble(const json_t *app)
{
    const json_t *operation = status_part(app, "operationState");
    const char *phase = object_string(operation, "phase");
    const char *health = object_string(status_part(app, "health"), "message");
    const json_t *condition;
    size_t i;

    json_array_foreach (status_part(app, "conditions"), i, condition) {
        const char *type = object_string(condition, "type");

        if (str_has_suffix(type, "Error") || str_has_suffix(type, "Warning"))
            return xasprintf("%s: %s", type, object_string(condition, "message"));
    }
    if (*health)
        return xstrdup(health);
    if (streq(phase, "Failed") || streq(phase, "Error"))
        return xstrdup(object_string(operation, "message"));
    return xstrdup("");
}
