/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/shown_path.h"

#include "lib/base/buf.h"

static bool is_path_start(const char *message, const char *at)
{
    return at == message || strchr(" \"'`(:", at[-1]);
}

int shown_path_error(const char *real, const char *cwd, struct error **err)
{
    cleanup_error struct error *raw = TAKE(*err);
    const char *message = error_message(raw);
    cleanup_free char *first = xstrndup(real + 1, strcspn(real + 1, "/"));
    cleanup_free char *root = xasprintf("%s/", first);
    cleanup_free char *here = xasprintf("%s/", cwd + 1);
    cleanup_buf struct buf text = BUF_UNLIMITED;

    for (const char *at = message; *at; at++) {
        if (is_path_start(message, at) && str_has_prefix(at, root)) {
            if (cwd[1] && str_has_prefix(at, here))
                at += strlen(here);
            else
                buf_putc(&text, '/');
        }
        buf_putc(&text, *at);
    }
    return error_set(err, error_kind(raw), "%s", text.data);
}
