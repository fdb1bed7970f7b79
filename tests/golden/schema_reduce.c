/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema-reduce: print the reduced form of OpenAPI v3 documents, their types shared.
 *
 *     schema-reduce FILE...
 */
#include "lib/kube/schema_reduction.h"

#include <stdio.h>

static int add_file(struct schema_reduction *r, const char *path, struct error **err)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    char chunk[65536];
    size_t len;
    FILE *f = fopen(path, "r");

    if (!f)
        return error_set(err, ERROR_NOT_FOUND, "%s: cannot be opened", path);
    while ((len = fread(chunk, 1, sizeof(chunk), f)) > 0)
        buf_put(&text, chunk, len);
    fclose(f);
    return schema_reduction_add(r, text.data, text.len, err) < 0 ? error_wrap(err, "%s", path) : 0;
}

int main(int argc, char **argv)
{
    cleanup_schema_reduction struct schema_reduction r = {.types = NULL};
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    int result = 0;

    for (int i = 1; i < argc && result == 0; i++)
        result = add_file(&r, argv[i], &err);
    if (result == 0)
        result = schema_reduction_write(&r, &out, &err);
    if (result < 0) {
        fprintf(stderr, "schema-reduce: %s\n", error_message(err));
        return 1;
    }
    fwrite(out.data, 1, out.len, stdout);
    return 0;
}
