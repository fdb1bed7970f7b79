/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/quantity.h"

#include "lib/base/mem.h"
#include "tests/test.h"

static bool equal(const char *a, const char *b)
{
    json_t *x = json_loads(a, JSON_DECODE_ANY, NULL);
    json_t *y = json_loads(b, JSON_DECODE_ANY, NULL);
    bool result = quantity_equal(x, y);

    EXPECT(x && y);
    EXPECT_INT(quantity_equal(y, x), result);
    json_decref(x);
    json_decref(y);
    return result;
}

static bool is_quantity(const char *text)
{
    json_t *value = json_string(text);
    bool result = quantity_equal(value, value);

    json_decref(value);
    return result;
}

TEST(valid_and_invalid_texts)
{
    static const char *const valid[] = {"0",    "1",     "+1",   "-1",   "1.",  ".5",
                                        "0.5",  "500m",  "1Gi",  "1.5G", "1e3", "1E3",
                                        "1e-3", "12e+6", "100n", "1E"};
    static const char *const invalid[] = {"",   "m",    ".",     "-",   "1gi",
                                          "1K", "1 Gi", "1Gii",  "e3",  "1e3m",
                                          "1e", "--1",  "1.2.3", "0x1", "1e99999"};

    for (size_t i = 0; i < ARRAY_LEN(valid); i++)
        EXPECT(is_quantity(valid[i]));
    for (size_t i = 0; i < ARRAY_LEN(invalid); i++)
        EXPECT(!is_quantity(invalid[i]));
}

TEST(equal_by_value)
{
    EXPECT(equal("\"0.5\"", "\"500m\""));
    EXPECT(equal("\"1Gi\"", "\"1024Mi\""));
    EXPECT(equal("\"1Ei\"", "\"1152921504606846976\""));
    EXPECT(equal("\"1k\"", "1000"));
    EXPECT(equal("1", "1.0"));
    EXPECT(equal("0.1", "\"100m\""));
    EXPECT(equal("\"1E\"", "\"1e18\""));
    EXPECT(equal("\"0\"", "\"-0Gi\""));
    EXPECT(equal("\"0.5Ki\"", "\"512\""));
    EXPECT(equal("\"1000000u\"", "\"1\""));
}

TEST(different_values)
{
    EXPECT(!equal("\"1Gi\"", "\"1G\""));
    EXPECT(!equal("\"1\"", "\"-1\""));
    EXPECT(!equal("\"1m\"", "\"1M\""));
    EXPECT(!equal("\"9007199254740993\"", "\"9007199254740992\""));
    EXPECT(!equal("\"x\"", "\"x\""));
    EXPECT(!equal("true", "1"));
    EXPECT(!equal("null", "\"0\""));
}

TEST(long_texts_are_no_quantities)
{
    char text[4096];

    memset(text, '9', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    EXPECT(!is_quantity(text));
    strcpy(text + 125, "Ei");
    EXPECT(is_quantity(text));
}
