/* SPDX-License-Identifier: Apache-2.0 */
/* Two YAML documents: a spec, whose sources are parsed and whose changes are made to the second
 * one, a kustomization that has been checked. */
#include "tests/fuzz/fuzz.h"

#include "daemon/app/spec.h"
#include "daemon/render/app_kustomize.h"
#include "kustomize/fields.h"
#include "lib/doc/yaml.h"

static const struct app_env env = {.name = "web",
                                   .namespace = "fix",
                                   .project = "shop",
                                   .revision = "0123456789abcdef0123456789abcdef01234567",
                                   .repo_url = "https://git/r",
                                   .path = "app",
                                   .target_revision = "main"};

static void edit(const struct app_source *source, const json_t *kustomization)
{
    cleanup_json json_t *doc = json_deep_copy(kustomization);
    cleanup_error struct error *err = NULL;
    cleanup_free char *culprit = NULL;
    struct app_kustomize k = {
        .fields = source->kustomize, .field = source->field, .env = &env, .path = "app"};

    if (json_is_true(json_object_get(source->kustomize, "ignoreMissingComponents")) ||
        fields_check(doc, kustomization_fields, "", &culprit, &err) < 0)
        return;
    if (app_kustomize_edit(&k, doc, &err) < 0)
        fuzz_check_failed(err);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_error struct error *err = NULL;
    cleanup_error struct error *again_err = NULL;
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *application = NULL;
    const json_t *kustomization;
    struct app_spec *spec;

    if (yaml_parse("fuzz", (const char *)data, size, YAML_KUBECTL, &docs, &err) < 0 ||
        !json_is_object(json_array_get(docs, 0)))
        return 0;
    application = json_pack("{s:O}", "spec", json_array_get(docs, 0));
    kustomization = json_array_get(docs, 1);
    spec = app_spec_parse(application, &err);
    if (!spec) {
        fuzz_check_failed(err);
        return 0;
    }
    for (size_t i = 0; i < spec->sources.count; i++) {
        const struct app_source *source = &spec->sources.items[i];
        cleanup_json json_t *text = json_loads(source->text, 0, NULL);
        struct app_source again;

        /* A source crosses threads as its text. */
        if (app_source_parse(text, source->field, app_sources_are_several(&spec->sources), &again,
                             &again_err) < 0)
            abort();
        if (source->kustomize && json_is_object(kustomization))
            edit(&again, kustomization);
        app_source_clear(&again);
    }
    app_spec_free(spec);
    return 0;
}
