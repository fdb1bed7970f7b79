/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is accepted prints, reads back as the same value, and prints the same again. */
#include "tests/fuzz/fuzz.h"

#include "lib/doc/yaml.h"

static void check(const char *text, size_t len, enum yaml_dialect dialect)
{
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *again = NULL;
    cleanup_buf struct buf first = BUF_UNLIMITED;
    cleanup_buf struct buf second = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;

    if (yaml_parse("fuzz", text, len, dialect, &docs, &err) < 0) {
        if (!str_has_prefix(error_message(err), "fuzz:"))
            abort();
        return;
    }
    if (yaml_print_all(docs, &first, &err) < 0 ||
        yaml_parse("again", first.data, first.len, dialect, &again, &err) < 0 ||
        !json_equal(docs, again) || yaml_print_all(again, &second, &err) < 0 ||
        !streq(first.data, second.data))
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    check((const char *)data, size, YAML_KUSTOMIZE);
    check((const char *)data, size, YAML_KUBECTL);
    return 0;
}
