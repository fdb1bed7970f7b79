/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/kubeconfig.h"

#include "lib/base/base64.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static char *text_of(const struct sandbox *s, const char *context, const char *certificate)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_free char *url = sandbox_url(s);

    buf_printf(&text,
               "apiVersion: v1\nkind: Config\ncurrent-context: \"%s\"\nclusters:\n- name: \"%s\"\n"
               "  cluster:\n    server: %s\n",
               context, context, url);
    if (certificate) {
        cleanup_free char *encoded = base64_encode(certificate, strlen(certificate));

        buf_printf(&text, "    certificate-authority-data: %s\n", encoded);
    }
    buf_printf(&text,
               "contexts:\n- name: \"%s\"\n  context:\n    cluster: \"%s\"\n    user: sandbox\n"
               "users:\n- name: sandbox\n  user:\n    token: \"%s\"\n",
               context, context, s->token ? s->token : "sandbox");
    return buf_take(&text);
}

int kubeconfig_write(const char *path, const struct sandbox *s, const char *context,
                     const char *certificate, struct error **err)
{
    cleanup_free char *text = text_of(s, context, certificate);
    cleanup_free char *fresh = xasprintf("%s.new", path);
    size_t len = strlen(text);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, text, len) == (ssize_t)len;
    int code = errno;

    if (fd >= 0)
        close(fd);
    if (written && rename(fresh, path) == 0)
        return 0;
    code = written ? errno : code;
    unlink(fresh);
    return error_set(err, ERROR_INVALID, "write %s: %s", path, strerror(code));
}
