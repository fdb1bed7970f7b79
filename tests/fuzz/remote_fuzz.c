/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries are repositories, and where they lie. Nothing gets out of the repository. */
#include "tests/fuzz/fuzz.h"

#include "kustomize/remote.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_free char *text = xstrndup((const char *)data, size);
    cleanup_remote_repository struct remote_repository r = {0};
    cleanup_error struct error *err = NULL;

    remote_is_file_url(text);
    if (remote_repository_parse(text, &r, &err) < 0) {
        fuzz_check_failed(err);
        return 0;
    }
    if (!*r.url || !streq(r.raw, text) || str_has_prefix(r.path, "/") ||
        str_has_prefix(r.path, "../") || streq(r.path, ".."))
        abort();
    return 0;
}
