/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/schema_file.h"
#include "lib/base/hash.h"
#include "lib/base/sealed_file.h"

#define FILE_MAX_BYTES (32UL << 20)

char *schema_file_path(const char *dir, const char *url)
{
    char digest[SHA256_HEX_BYTES];

    sha256_hex(url, strlen(url), digest);
    return xasprintf("%s/%s", dir, digest);
}

int schema_file_read(const char *path, struct kube_schema **out, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX_BYTES);

    if (sealed_file_read(path, &text, err) < 0)
        return -1;
    return kube_schema_read(text.data, text.len, out, err);
}

int schema_file_write(const char *path, const struct buf *reduced, struct error **err)
{
    return sealed_file_write(path, reduced->data, reduced->len, false, err);
}
