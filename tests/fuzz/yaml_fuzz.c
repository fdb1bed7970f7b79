/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is accepted prints, reads back as the same value, and prints the same again. Except for
 * a key that is the text "<<": kustomize prints it like a merge key, and so do we. */
#include "tests/fuzz/fuzz.h"

#include "lib/doc/yaml.h"

static bool has_merge_text(const json_t *value)
{
    const char *key;
    size_t i;
    json_t *part;

    if (json_object_get(value, "<<"))
        return true;
    json_object_foreach ((json_t *)value, key, part)
        if (has_merge_text(part))
            return true;
    json_array_foreach ((json_t *)value, i, part)
        if (has_merge_text(part))
            return true;
    return false;
}

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
    if (yaml_print_all(docs, &first, &err) < 0)
        abort();
    if (has_merge_text(docs))
        return;
    if (yaml_parse("again", first.data, first.len, dialect, &again, &err) < 0 ||
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
