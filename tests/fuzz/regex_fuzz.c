/* SPDX-License-Identifier: Apache-2.0 */
/* A line with a pattern, and a text to match: any pattern is refused or matched in little time. */
#include "tests/fuzz/fuzz.h"

#include "kustomize/selector.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_free char *text = xstrndup((const char *)data, size);
    const char *rest = text;
    cleanup_free char *pattern = fuzz_line(&rest);
    cleanup_error struct error *err = NULL;
    cleanup_regex struct regex *any = NULL;
    cleanup_regex struct regex *whole = NULL;

    if (regex_new(pattern, &any, &err) < 0) {
        fuzz_check_failed(err);
        return 0;
    }
    if (regex_new_whole(pattern, &whole, &err) < 0 ||
        (regex_matches(whole, rest) && !regex_matches(any, rest)))
        abort();
    return 0;
}
