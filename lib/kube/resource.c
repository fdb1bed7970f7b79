/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/resource.h"

#include <ctype.h>

void url_put_encoded(struct buf *b, const char *text)
{
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c < 0x80 && (isalnum(c) || strchr("-._~:", c)))
            buf_putc(b, (char)c);
        else
            buf_printf(b, "%%%02X", c);
    }
}

void url_put_query(struct buf *b, const char *name, const char *value)
{
    if (!value)
        return;
    buf_putc(b, strchr(b->data, '?') ? '&' : '?');
    buf_puts(b, name);
    buf_putc(b, '=');
    url_put_encoded(b, value);
}

char *kube_resource_path(const struct kube_resource *r, const char *ns, const char *name)
{
    struct buf b = BUF_UNLIMITED;

    buf_puts(&b, r->group[0] ? "/apis/" : "/api/");
    if (r->group[0]) {
        url_put_encoded(&b, r->group);
        buf_putc(&b, '/');
    }
    url_put_encoded(&b, r->version);
    if (r->namespaced && ns && ns[0]) {
        buf_puts(&b, "/namespaces/");
        url_put_encoded(&b, ns);
    }
    buf_putc(&b, '/');
    url_put_encoded(&b, r->plural);
    if (name) {
        buf_putc(&b, '/');
        url_put_encoded(&b, name);
    }
    return buf_take(&b);
}
