/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: all objects of one kind, page by page, handed over one by one as they arrive.
 * At most 16 lists of a client run at once; the others wait their turn.
 * Thread: the loop thread; callbacks run there.
 * Errors: those of the client, and ERROR_UNAVAILABLE for an answer that is no list.
 */
#ifndef GITOPSD_LIB_KUBE_LIST_H
#define GITOPSD_LIB_KUBE_LIST_H

#include "lib/kube/client.h"

struct list;

struct list_spec {
    const struct kube_resource *resource;
    const char *path; /* of the collection */
    const char *label_selector;
    const char *field_selector;
    const char *accept; /* NULL: application/json */
    unsigned page_size;
    size_t max_item_bytes;
};

/* Both may call list_free. */
struct list_callbacks {
    void (*start)(void *arg); /* the first page begins to arrive; may be NULL */
    void (*item)(void *arg, const json_t *object);
    /* `version` is NULL on error, else the resourceVersion of the list. */
    void (*done)(void *arg, const char *version, const struct error *err);
};

/* What `spec` points to must outlive the list. */
struct list *list_new(struct kube_client *client, const struct list_spec *spec,
                      const struct list_callbacks *callbacks, void *arg);
/* Begin, or go on with the page that failed where that is worth a try. */
void list_run(struct list *l);
/* Ends it; no callback runs after this. */
void list_free(struct list *l);

#endif
