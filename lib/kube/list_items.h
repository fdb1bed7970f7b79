/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_items: the JSON of a list (a ConfigMapList, say) as it arrives, cut into its items.
 * Only one item is held at a time, and only when it came in several pieces. The items may come
 * before or after the list's metadata. What is no item is checked no further than it takes to find
 * the items, whose text is checked by whoever parses it.
 * Errors: ERROR_UNAVAILABLE what is not a list, or not all of one; ERROR_TOO_LARGE an item over the
 *         limit.
 */
#ifndef GITOPSD_LIB_KUBE_LIST_ITEMS_H
#define GITOPSD_LIB_KUBE_LIST_ITEMS_H

#include "lib/base/buf.h"

/* Where in the document the next byte is. The first group is in the list itself ... */
enum list_place {
    LIST_BEGIN,
    LIST_KEY_OR_END, /* behind the opening brace */
    LIST_KEY,        /* behind a comma */
    LIST_IN_KEY,
    LIST_COLON,
    LIST_VALUE,
    LIST_IN_VALUE,
    LIST_COMMA,
    LIST_END,
    /* ... and this one in its array of items. */
    LIST_ITEM_OR_END,
    LIST_ITEM,
    LIST_IN_ITEM,
    LIST_ITEM_COMMA,
};

struct list_items {
    enum list_place place;
    char key[16]; /* of the value that comes next; a longer one is none of ours */
    size_t key_len;
    unsigned depth; /* of braces and brackets within the value or item */
    bool in_string;
    bool in_escape;
    bool is_metadata;    /* the value is to be kept */
    struct buf partial;  /* of an item */
    struct buf metadata; /* of the list */
};

/* `text` is one item, borrowed. Returns false when it wants no more of them. */
typedef bool list_item_fn(void *arg, const char *text, size_t len);

void list_items_init(struct list_items *l, size_t max_item_bytes);
/* Ready for the next document. */
void list_items_clear(struct list_items *l);
/* 1: go on; 0: `fn` wants no more; -1: *err. */
int list_items_feed(struct list_items *l, const char *data, size_t len, list_item_fn *fn, void *arg,
                    struct error **err);
/* The document has ended. `next` is the token of the next page, NULL: this was the last one. Both
 * are heap strings. */
int list_items_end(const struct list_items *l, char **version, char **next, struct error **err);

#endif
