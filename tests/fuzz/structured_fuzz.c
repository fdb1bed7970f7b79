/* SPDX-License-Identifier: Apache-2.0 */
/* A line with a path, a line with a value, and a text: the value replaces something in the text. */
#include "tests/fuzz/fuzz.h"

#include "kustomize/cell.h"
#include "kustomize/transform/structured.h"
#include "lib/doc/spelling.h"
#include "lib/doc/yaml.h"

static void check(const char *path, const char *value, const char *content, bool create)
{
    cleanup_json json_t *root =
        json_pack("{s:{s:o}}", "data", "text", spelled_string(content, strlen(content)));
    cleanup_json json_t *options = json_pack("{s:b}", "create", create);
    cleanup_json json_t *cell = cell_read(value);
    cleanup_free char *full = xasprintf("data.text.%s", path);
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    bool done;

    if (structured_set(root, full, options, cell, &done, &err) < 0) {
        fuzz_check_failed(err);
        return;
    }
    spelled_resolve(root);
    if (yaml_print(root, &out, &err) < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_free char *text = xstrndup((const char *)data, size);
    const char *rest = text;
    cleanup_free char *path = fuzz_line(&rest);
    cleanup_free char *value = fuzz_line(&rest);
    json_t *utf8 = json_string(text);

    json_decref(utf8);
    if (!utf8)
        return 0; /* a parsed document holds nothing else */
    check(path, value, rest, false);
    check(path, value, rest, true);
    return 0;
}
