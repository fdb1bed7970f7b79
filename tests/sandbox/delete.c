/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs delete and deletecollection. */
#include "tests/sandbox/api.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/selector.h"

/* The query and a DeleteOptions in the body say the same things; texts are borrowed from them. */
static int options_read(struct api_request *r, json_t **body, struct delete_options *out,
                        json_t **refused)
{
    const json_t *preconditions, *grace;
    const char *propagation, *query_grace = http_call_query(r->http, "gracePeriodSeconds");

    if (http_call_body(r->http)->len > 0 && api_body(r, body, refused) < 0)
        return -1;
    preconditions = json_object_get(*body, "preconditions");
    grace = json_object_get(*body, "gracePeriodSeconds");
    propagation = json_string_value(json_object_get(*body, "propagationPolicy"));
    *out = (struct delete_options){
        .uid = json_string_value(json_object_get(preconditions, "uid")),
        .resource_version = json_string_value(json_object_get(preconditions, "resourceVersion")),
        .propagation = propagation ? propagation : http_call_query(r->http, "propagationPolicy"),
        .dry_run = r->write.dry_run || json_array_size(json_object_get(*body, "dryRun")) > 0,
        .now =
            (json_is_integer(grace) && json_integer_value(grace) == 0) || streq(query_grace, "0"),
    };
    if (!out->propagation && json_is_true(json_object_get(*body, "orphanDependents")))
        out->propagation = "Orphan";
    if (out->propagation && !streq(out->propagation, "Background") &&
        !streq(out->propagation, "Foreground") && !streq(out->propagation, "Orphan")) {
        return refuse(refused, 422, "Invalid", NULL,
                      "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported "
                      "value: \"%s\": supported values: \"Background\", \"Foreground\", \"Orphan\"",
                      out->propagation);
    }
    return 0;
}

void api_delete(struct api_request *r)
{
    cleanup_json json_t *body = NULL;
    cleanup_json json_t *object = NULL;
    struct delete_options options;
    json_t *refused = NULL;
    bool gone = false;

    if (options_read(r, &body, &options, &refused) < 0 ||
        registry_delete(r->s, r->kind, r->ns, r->name, &options, &object, &gone, &refused) < 0)
        api_refuse(r->http, refused);
    else if (gone && !streq(r->kind->kind, "Pod"))
        api_answer(r->http, 200, status_success(r->kind, object));
    else
        api_answer_object(r, 200, json_incref(object));
}

void api_delete_collection(struct api_request *r)
{
    cleanup_selector struct selector selector = {{0}};
    cleanup_ptrvec struct ptrvec objects = {0};
    cleanup_json json_t *body = NULL;
    cleanup_free char *api_version = kind_api_version(r->kind);
    cleanup_free char *list_kind = xasprintf("%sList", r->kind->kind);
    json_t *items, *refused = NULL;
    struct delete_options options;

    if (selector_parse(r->kind, http_call_query(r->http, "labelSelector"),
                       http_call_query(r->http, "fieldSelector"), &selector, &refused) < 0 ||
        options_read(r, &body, &options, &refused) < 0) {
        api_refuse(r->http, refused);
        return;
    }
    store_list(r->s->store, r->kind->collection, r->ns, 0, &objects);
    items = json_array();
    for (size_t i = 0; i < objects.len; i++)
        if (selector_matches(&selector, objects.items[i]))
            json_array_append(items, objects.items[i]); /* keeps what a deletion changes */
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *object = json_array_get(items, i);
        bool gone = false;

        if (registry_delete(r->s, r->kind, object_meta(object, "namespace"),
                            object_meta(object, "name"), &options, NULL, &gone, &refused) < 0)
            json_decref(TAKE(refused));
    }
    api_answer(r->http, 200,
               json_pack("{s:s, s:s, s:{s:s}, s:o}", "kind", list_kind, "apiVersion", api_version,
                         "metadata", "resourceVersion", "", "items", items));
}
