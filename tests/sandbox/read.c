/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one object, and lists in pages. */
#include "lib/base/base64.h"
#include "tests/sandbox/api.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/selector.h"

#include <stdio.h>

void api_get(struct api_request *r)
{
    const json_t *found = store_find(r->kind->collection, r->ns, r->name);
    json_t *refused = NULL;

    if (found) {
        api_answer_object(r, 200, registry_present(r->kind, found));
        return;
    }
    refuse_not_found(&refused, r->kind, r->name);
    api_refuse(r->http, refused);
}

/* ---- lists ---- */

/* Where a list goes on: behind which key, at which version. */
struct page {
    uint64_t version; /* 0: now */
    char *after;      /* NULL: from the beginning */
    size_t limit;     /* 0: all */
};

static char *token_write(uint64_t version, const char *key)
{
    cleanup_free char *text = xasprintf("%llu:%s", (unsigned long long)version, key);

    return base64_encode(text, strlen(text));
}

/* With a token that goes on behind the same key in the list as it is now. */
static int expired(const char *key, json_t **refused)
{
    cleanup_free char *token = token_write(0, key);

    refuse_expired(refused,
                   "The provided continue parameter is too old to display a consistent list "
                   "result. You can start a new list without the continue parameter, or use the "
                   "continue token in this response to retrieve the remainder of the results. "
                   "Continuing with the provided token results in an inconsistent list - objects "
                   "that were created, modified, or deleted between the time the first chunk was "
                   "returned and now may show up in the list.");
    json_object_set_new(json_object_get(*refused, "metadata"), "continue", json_string(token));
    return -1;
}

static int token_read(const struct sandbox *s, const char *token, struct page *page,
                      json_t **refused)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    unsigned long long version;
    int used = 0;

    if (base64_decode(token, strlen(token), &text, &err) < 0 ||
        sscanf(text.data, "%llu:%n", &version, &used) != 1 || used == 0)
        return refuse_bad_request(refused, "continue key is not valid: cannot be read");
    if (version != 0 && version < store_oldest(s->store))
        return expired(text.data + used, refused);
    page->version = version;
    page->after = xstrdup(text.data + used);
    return 0;
}

/* resourceVersion asks for the state then (Exact), or for one that is not older. */
static int version_read(struct api_request *r, struct page *page, json_t **refused)
{
    const char *text = http_call_query(r->http, "resourceVersion");
    const char *match = http_call_query(r->http, "resourceVersionMatch");
    uint64_t version = text ? strtoull(text, NULL, 10) : 0;
    uint64_t now = store_version(r->s->store);

    if (match && *match && (!text || !*text)) {
        return refuse(refused, 422, "Invalid", NULL,
                      "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless "
                      "resourceVersion is provided");
    }
    if (version > now)
        return refuse(refused, 504, "Timeout",
                      json_pack("{s:[{s:s, s:s}], s:i}", "causes", "reason",
                                "ResourceVersionTooLarge", "message", "Too large resource version",
                                "retryAfterSeconds", 1),
                      "Timeout: Too large resource version: %llu, current: %llu",
                      (unsigned long long)version, (unsigned long long)now);
    if (!streq(match, "Exact") || version == 0)
        return 0;
    if (version < store_oldest(r->s->store))
        return refuse_expired(refused, "The resourceVersion for the provided list is too old.");
    page->version = version;
    return 0;
}

static int page_read(struct api_request *r, struct page *page, json_t **refused)
{
    const char *limit = http_call_query(r->http, "limit");
    const char *token = http_call_query(r->http, "continue");

    page->limit = limit ? (size_t)strtoull(limit, NULL, 10) : 0;
    if (token && *token && http_call_query(r->http, "resourceVersion"))
        return refuse_bad_request(refused,
                                  "specifying resource version is not allowed when using continue");
    if (token && *token)
        return token_read(r->s, token, page, refused);
    return version_read(r, page, refused);
}

/* The place of the first object behind the page's key. */
static size_t page_start(const struct page *page, const struct ptrvec *objects)
{
    size_t i = 0;

    for (; page->after && i < objects->len; i++) {
        cleanup_free char *key = object_key(objects->items[i]);

        if (strcmp(key, page->after) > 0)
            break;
    }
    return i;
}

static json_t *list_document(struct api_request *r, const struct page *page,
                             const struct selector *selector)
{
    uint64_t version = page->version ? page->version : store_version(r->s->store);
    cleanup_ptrvec struct ptrvec objects = {0};
    cleanup_free char *version_text = xasprintf("%llu", (unsigned long long)version);
    cleanup_free char *api_version = kind_api_version(r->kind);
    cleanup_free char *kind = xasprintf("%sList", r->kind->kind);
    json_t *items = json_array(), *meta = json_pack("{s:s}", "resourceVersion", version_text);
    const json_t *last = NULL;
    size_t i;

    store_list(r->s->store, r->kind->collection, r->ns, page->version, &objects);
    for (i = page_start(page, &objects); i < objects.len; i++) {
        const json_t *object = objects.items[i];

        if (!selector_matches(selector, object))
            continue;
        if (page->limit && json_array_size(items) == page->limit) {
            cleanup_free char *key = object_key(last);
            cleanup_free char *token = token_write(version, key);

            json_object_set_new(meta, "continue", json_string(token));
            if (selector_is_empty(selector))
                json_object_set_new(meta, "remainingItemCount",
                                    json_integer((json_int_t)(objects.len - i)));
            break;
        }
        last = object;
        json_array_append_new(items, registry_present(r->kind, object));
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "kind", kind, "apiVersion", api_version, "metadata",
                     meta, "items", items);
}

/* As the real server writes lists: their items say nothing about apiVersion and kind, but for
 * custom ones. */
static void strip_items(const struct kind *kind, json_t *list)
{
    json_t *items = json_object_get(list, "items");

    for (size_t i = 0; !kind_is_custom(kind) && i < json_array_size(items); i++) {
        json_t *item = json_copy(json_array_get(items, i));

        json_object_del(item, "apiVersion");
        json_object_del(item, "kind");
        json_array_set_new(items, i, item);
    }
}

void api_list(struct api_request *r)
{
    cleanup_selector struct selector selector = {{0}};
    struct page page = {0};
    json_t *refused = NULL;
    json_t *list;

    if (selector_parse(r->kind, http_call_query(r->http, "labelSelector"),
                       http_call_query(r->http, "fieldSelector"), &selector, &refused) < 0 ||
        page_read(r, &page, &refused) < 0) {
        api_refuse(r->http, refused);
        return;
    }
    list = list_document(r, &page, &selector);
    free(page.after);
    if (r->shape == SHAPE_TABLE)
        list = table_of_list(r->kind, list, r->rows);
    else if (r->shape == SHAPE_METADATA)
        list = table_metadata_list(list);
    else
        strip_items(r->kind, list);
    api_answer(r->http, 200, list);
}
