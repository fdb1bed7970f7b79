/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/text_diff.h"

#include "lib/git/library.h"

static int take_line(const git_diff_delta *delta, const git_diff_hunk *hunk,
                     const git_diff_line *line, void *arg)
{
    struct buf *out = arg;

    (void)delta;
    (void)hunk;
    if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION ||
        line->origin == GIT_DIFF_LINE_DELETION)
        buf_putc(out, line->origin);
    buf_put(out, line->content, line->content_len);
    return 0;
}

int text_diff(const char *name, const char *from, const char *to, struct buf *out,
              struct error **err)
{
    git_diff_options options;
    git_patch *patch = NULL;
    int code;

    git_library_init();
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    /* Configuration files hold text, whatever bytes are in them. */
    options.flags = GIT_DIFF_FORCE_TEXT;
    code = git_patch_from_buffers(&patch, from, from ? strlen(from) : 0, from ? name : NULL, to,
                                  to ? strlen(to) : 0, to ? name : NULL, &options);
    if (code == 0 && patch)
        code = git_patch_print(patch, take_line, out);
    git_patch_free(patch);
    if (code < 0)
        return error_set(err, ERROR_INVALID, "diff of %s: %s", name, git_library_message());
    return 0;
}
