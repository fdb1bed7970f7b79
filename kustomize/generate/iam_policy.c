/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/generator.h"
#include "kustomize/json_text.h"
#include "kustomize/plugin_fields.h"
#include "lib/doc/yaml.h"

/* kustomize writes the names into YAML text and reads it: `name: 5` gives a number. */
static char *service_account_text(const json_t *config)
{
    const json_t *service = json_object_get(config, "kubernetesService");
    const json_t *account = json_object_get(config, "serviceAccount");
    const char *namespace = json_string_at(service, "namespace");

    return xasprintf("apiVersion: v1\n"
                     "kind: ServiceAccount\n"
                     "metadata:\n"
                     "  annotations:\n"
                     "    iam.gke.io/gcp-service-account: %s@%s.iam.gserviceaccount.com\n"
                     "  name: %s\n%s%s\n",
                     json_string_at(account, "name"), json_string_at(account, "projectId"),
                     json_string_at(service, "name"), *namespace ? "  namespace: " : "", namespace);
}

int iam_policy_generator_plugin(struct resmap *out, struct loader *loader, const char *dir,
                                const json_t *config, struct error **err)
{
    cleanup_json json_t *checked = NULL;
    cleanup_json json_t *docs = NULL;
    cleanup_free char *text = NULL;
    const char *cloud;

    (void)dir;
    if (plugin_fields_read(config, iam_policy_plugin_fields, &checked, err) < 0)
        return -1;
    cloud = json_string_at(checked, "cloud");
    if (!streq(cloud, "gke"))
        return error_set(err, ERROR_INVALID, "cloud is \"%s\", must be gke", cloud);
    text = service_account_text(checked);
    if (yaml_parse("IAMPolicyGenerator", text, strlen(text), YAML_KUSTOMIZE, &docs, err) < 0)
        return -1;
    return resmap_append(
        out, resource_new(json_deep_copy(json_array_get(docs, 0)), loader->session->schemas), err);
}
