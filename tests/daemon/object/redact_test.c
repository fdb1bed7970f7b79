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

/* As Go prints what it did not expect, and as it quotes. */
TEST(values_in_maps_and_lists_and_quoted_ones_are_masked)
{
    cleanup_json json_t *secret = json_pack(
        "{s:{s:{s:s}, s:[s, i], s:{s:n}}, s:{s:s}}", "data", "map", "deep", "hunter2", "list",
        "swordfish", 271828, "braces", "s3cret", "stringData", "key", "-----BEGIN\nMII\"Evg\n");
    cleanup_free char *maps =
        redact_secret("expected string, got map[string]interface {}{\"deep\":\"hunter2\"}, "
                      "[]interface {}{\"swordfish\", 271828}, map[s3cret:<nil>]",
                      secret);
    cleanup_free char *quoted =
        redact_secret("Invalid value: \"-----BEGIN\\nMII\\\"Evg\\n\": no", secret);

    EXPECT_STR(maps, "expected string, got map[string]interface {}{\"deep\":\"++++++++\"}, "
                     "[]interface {}{\"++++++++\", ++++++++}, map[++++++++:<nil>]");
    EXPECT_STR(quoted, "Invalid value: \"++++++++\": no");
}

TEST(a_secret_without_data_changes_nothing)
{
    cleanup_json json_t *secret = json_pack("{s:s}", "kind", "Secret");
    cleanup_free char *got = redact_secret("as it was", secret);

    EXPECT_STR(got, "as it was");
}
