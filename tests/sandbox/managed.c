/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/managed.h"

#include "lib/base/time.h"
#include "tests/sandbox/apply.h"
#include "tests/sandbox/refusal.h"

static struct apply_options options_of(const struct kind *kind, const char *api_version,
                                       const struct write_options *options)
{
    return (struct apply_options){
        .manager = options->manager ? options->manager : "unknown",
        .api_version = api_version,
        .kind = kind->kind,
        .subresource = options->subresource,
        .type = kind_type(kind),
        .reset = apply_reset_fields(kind_has(kind, KIND_STATUS), kind_is_custom(kind),
                                    options->subresource),
        .force = options->force,
        .now_ms = time_wall_ms(),
    };
}

void managed_track(const struct kind *kind, const json_t *old, json_t *object,
                   const struct write_options *options)
{
    cleanup_free char *api_version = kind_api_version(kind);
    struct apply_options o = options_of(kind, api_version, options);

    apply_track_update(old, object, &o);
}

int managed_apply(const struct kind *kind, const json_t *old, const json_t *applied,
                  const struct write_options *options, json_t **out, json_t **refused)
{
    cleanup_free char *api_version = kind_api_version(kind);
    struct apply_options o = options_of(kind, api_version, options);
    cleanup_error struct error *err = NULL;
    json_t *causes = NULL;

    if (apply_merge(old, applied, &o, out, &causes, &err) == 0)
        return 0;
    if (error_kind(err) == ERROR_CONFLICT)
        return refuse(refused, 409, "Conflict", json_pack("{s:o*}", "causes", causes), "%s",
                      error_message(err));
    json_decref(causes);
    return error_code(err) == 500 ? refuse(refused, 500, NULL, NULL, "%s", error_message(err))
                                  : refuse_bad_request(refused, "%s", error_message(err));
}
