/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/redact.h"
#include "lib/base/mem.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static char *redact(const char *text)
{
    cleanup_json json_t *secret =
        json_pack("{s:{s:s, s:i}, s:{s:s}}", "data", "token", "aHVudGVyMg==", "pin", 271828,
                  "stringData", "plain", "swordfish");

    return redact_secret(text, secret);
}

TEST(encoded_decoded_and_unquoted_values_are_masked)
{
    static const struct {
        const char *text;
        const char *want;
    } cases[] = {
        {"Invalid value: \"aHVudGVyMg==\"", "Invalid value: \"++++++++\""},
        {"got hunter2, and hunter2 again", "got ++++++++, and ++++++++ again"},
        {"got Value:271828", "got Value:++++++++"},
        {"swordfish", "++++++++"},
        {"data[token]: nothing of it is repeated", "data[token]: nothing of it is repeated"},
        {"", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *got = redact(cases[i].text);

        EXPECT_STR(got, cases[i].want);
    }
}

TEST(a_secret_without_data_changes_nothing)
{
    cleanup_json json_t *secret = json_pack("{s:s}", "kind", "Secret");
    cleanup_free char *got = redact_secret("as it was", secret);

    EXPECT_STR(got, "as it was");
}
