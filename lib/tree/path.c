/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"
#include "lib/tree/tree.h"

/* Append the components of `path` to the normalised path in `out`. */
static int append_components(struct buf *out, const char *path, const char *shown,
                             struct error **err)
{
    const char *p = path;

    while (*p) {
        size_t len = strcspn(p, "/");
        if (len == 2 && memcmp(p, "..", 2) == 0) {
            if (out->len == 0)
                return error_set(err, ERROR_DENIED, "path \"%s\" leaves the root of the source",
                                 shown);
            const char *slash = strrchr(out->data, '/');
            buf_truncate(out, slash ? (size_t)(slash - out->data) : 0);
        } else if (len > 0 && !(len == 1 && *p == '.')) {
            if (out->len > 0)
                buf_putc(out, '/');
            buf_put(out, p, len);
        }
        p += len;
        p += strspn(p, "/");
    }
    return 0;
}

int path_join(const char *dir, const char *path, char **out, struct error **err)
{
    cleanup_buf struct buf joined = BUF_UNLIMITED;

    if (path[0] != '/' && append_components(&joined, dir, dir, err) < 0)
        return -1;
    if (append_components(&joined, path, path, err) < 0)
        return -1;
    *out = buf_take(&joined);
    return 0;
}

char *path_dir(const char *path)
{
    const char *slash = strrchr(path, '/');

    return xstrndup(path, slash ? (size_t)(slash - path) : 0);
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
