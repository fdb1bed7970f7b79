/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/images.h"

#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

/* Where a pod spec is: by shape, so that it is found in custom resources, too. NULL: nowhere. */
static const json_t *pod_spec(const json_t *object)
{
    const json_t *spec = json_object_get(object, "spec");
    const json_t *job = json_object_get(json_object_get(spec, "jobTemplate"), "spec");
    const json_t *template = json_object_get(spec, "template");

    if (!template)
        template = json_object_get(job, "template");
    if (template)
        return json_object_get(template, "spec");
    return json_is_array(json_object_get(spec, "containers")) ? spec : NULL;
}

static void add_images(const json_t *containers, struct strvec *out)
{
    const json_t *container;
    size_t i;

    json_array_foreach (containers, i, container) {
        const char *image = object_string(container, "image");

        if (*image && !strvec_has(out, image))
            strvec_push(out, image);
    }
}

void images_of_containers(const json_t *object, struct strvec *out)
{
    add_images(json_object_get(pod_spec(object), "containers"), out);
}

void images_of_text(const char *text, struct strvec *out)
{
    cleanup_json json_t *object = NULL;

    if (!strstr(text, "\"containers\""))
        return;
    object = json_loads(text, JSON_ALLOW_NUL, NULL);
    images_of_containers(object, out);
}

void images_of_pods(const json_t *object, struct strvec *out)
{
    const json_t *replicas = json_object_get(json_object_get(object, "spec"), "replicas");
    const json_t *spec = pod_spec(object);

    if (json_is_integer(replicas) && json_integer_value(replicas) == 0)
        return;
    add_images(json_object_get(spec, "initContainers"), out);
    add_images(json_object_get(spec, "containers"), out);
}
