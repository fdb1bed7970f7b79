/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"
#include "lib/tree/tree.h"

/* Take the last component away. False where there is none to take. */
static bool pop_component(struct buf *out)
{
    const char *slash = strrchr(out->data, '/');
    const char *last = slash ? slash + 1 : out->data;

    if (!*last || streq(last, ".."))
        return false;
    buf_truncate(out, slash ? (size_t)(slash - out->data) : 0);
    return true;
}

static void push_component(struct buf *out, const char *component, size_t len)
{
    if (out->len > 0)
        buf_putc(out, '/');
    buf_put(out, component, len);
}

/* Append the components of `path` to the normalised path in `out`. False where it leaves the
 * beginning and may not. */
static bool append_components(struct buf *out, const char *path, bool may_leave)
{
    for (const char *p = path; *p; p += strspn(p, "/")) {
        size_t len = strcspn(p, "/");
        bool is_up = len == 2 && memcmp(p, "..", 2) == 0;
        bool is_popped = is_up && pop_component(out);

        if (is_up && !is_popped && !may_leave)
            return false;
        if (!is_popped && len > 0 && !(len == 1 && *p == '.'))
            push_component(out, p, len);
        p += len;
    }
    return true;
}

static int join_part(struct buf *out, const char *path, struct error **err)
{
    if (append_components(out, path, false))
        return 0;
    return error_set(err, ERROR_DENIED, "path \"%s\" leaves the root of the source", path);
}

int path_join(const char *dir, const char *path, char **out, struct error **err)
{
    cleanup_buf struct buf joined = BUF_UNLIMITED;

    if (path[0] != '/' && join_part(&joined, dir, err) < 0)
        return -1;
    if (join_part(&joined, path, err) < 0)
        return -1;
    *out = buf_take(&joined);
    return 0;
}

char *path_join_relative(const char *base, const char *path)
{
    struct buf joined = BUF_UNLIMITED;

    append_components(&joined, base, true);
    append_components(&joined, path, true);
    return buf_take(&joined);
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
