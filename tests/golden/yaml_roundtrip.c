/* SPDX-License-Identifier: Apache-2.0 */
/* yaml-roundtrip [kubectl]: parse standard input and print it, for tests/golden/yaml-diff. */
#include "lib/doc/yaml.h"

#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    enum yaml_dialect dialect =
        argc > 1 && streq(argv[1], "kubectl") ? YAML_KUBECTL : YAML_KUSTOMIZE;
    cleanup_buf struct buf in = BUF_INIT(64 << 20);
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs = NULL;
    char block[65536];
    ssize_t n;

    while ((n = read(STDIN_FILENO, block, sizeof(block))) > 0)
        if (buf_append(&in, block, (size_t)n, &err) < 0)
            break;
    if (err || yaml_parse("stdin", in.data, in.len, dialect, &docs, &err) < 0 ||
        yaml_print_all(docs, &out, &err) < 0) {
        fprintf(stderr, "yaml-roundtrip: %s\n", error_message(err));
        return 1;
    }
    return fwrite(out.data, 1, out.len, stdout) == out.len ? 0 : 1;
}
