/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/selector.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static bool label_matches(const char *selector, const char *labels_text)
{
    cleanup_error struct error *err = NULL;
    cleanup_label_selector struct label_selector *s = NULL;
    cleanup_json json_t *labels = json_loads(labels_text, 0, NULL);

    EXPECT(labels != NULL);
    EXPECT_OK(label_selector_parse(selector, &s, &err));
    return label_selector_matches(s, labels);
}

TEST(label_selectors_match_as_in_kubernetes)
{
    static const struct {
        const char *selector, *labels;
        bool matches;
    } cases[] = {
        {"", "{}", true},
        {" ", "{}", true},
        {"a=b", "{\"a\":\"b\"}", true},
        {"a==b", "{\"a\":\"b\"}", true},
        {" a = b ", "{\"a\":\"b\"}", true},
        {"a=b", "{\"a\":\"c\"}", false},
        {"a=b", "{}", false},
        {"a=", "{\"a\":\"\"}", true},
        {"a=,b", "{\"a\":\"\",\"b\":\"x\"}", true},
        {"a!=b", "{\"a\":\"c\"}", true},
        {"a!=b", "{}", true},
        {"a!=b", "{\"a\":\"b\"}", false},
        {"a", "{\"a\":\"\"}", true},
        {"a", "{}", false},
        {"!a", "{}", true},
        {"! a", "{\"a\":\"x\"}", false},
        {"a in (x,y)", "{\"a\":\"y\"}", true},
        {"a in (x,y)", "{\"a\":\"z\"}", false},
        {"a in (x,y)", "{}", false},
        {"a in (x,)", "{\"a\":\"\"}", true},
        {"a in (,x)", "{\"a\":\"\"}", true},
        {"a in (,)", "{\"a\":\"\"}", true},
        {"a notin (x,y)", "{\"a\":\"z\"}", true},
        {"a notin (x,y)", "{}", true},
        {"a notin(x)", "{\"a\":\"x\"}", false},
        {"a=b,c!=d,e in (x,y),f,!g", "{\"a\":\"b\",\"e\":\"x\",\"f\":\"\"}", true},
        {"a=b,c!=d,e in (x,y),f,!g", "{\"a\":\"b\",\"e\":\"x\",\"f\":\"\",\"g\":\"\"}", false},
        {"app.kubernetes.io/name=x", "{\"app.kubernetes.io/name\":\"x\"}", true},
        {"in=notin", "{\"in\":\"notin\"}", true},
        {"in in (in)", "{\"in\":\"in\"}", true},
        {"n>1", "{\"n\":\"2\"}", true},
        {"n>1", "{\"n\":\"1\"}", false},
        {"n<-1", "{\"n\":\"-2\"}", true},
        {"n>1", "{\"n\":\"many\"}", false},
        {"n>1", "{}", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (label_matches(cases[i].selector, cases[i].labels) != cases[i].matches)
            fail_msg("%s against %s", cases[i].selector, cases[i].labels);
    }
}

TEST(no_labels_are_empty_labels)
{
    cleanup_error struct error *err = NULL;
    cleanup_label_selector struct label_selector *s = NULL;

    EXPECT_OK(label_selector_parse("!a", &s, &err));
    EXPECT(label_selector_matches(s, NULL));
}

TEST(malformed_label_selectors_are_refused)
{
    static const char *const cases[] = {
        "a=b,",  ",",     ",a",     "a=b c=d", "a in x",      "a in (x",    "a in ()",
        "a in",  "a=b=c", "=b",     "!",       "!a=b",        "a!b",        "a===b",
        "a=(b)", "-a=b",  "a=-b",   "a-=b",    "A/a=b",       "a/b/c=d",    "/a=b",
        "a/=b",  "a=b!",  "a>b",    "a>",      "a in (b c)",  "a notin (b", "x.-y/a=b",
        "a@b=c", "a=b@c", "a..b/c", "(a)",     "a in (b),,c", "a in (b)) ",
    };
    cleanup_free char *long_key = xmalloc(401);

    memset(long_key, 'a', 400);
    long_key[400] = '\0';
    for (size_t i = 0; i <= ARRAY_LEN(cases); i++) {
        const char *text = i < ARRAY_LEN(cases) ? cases[i] : long_key;
        cleanup_error struct error *err = NULL;
        struct label_selector *s = NULL;

        if (label_selector_parse(text, &s, &err) == 0)
            fail_msg("%s was accepted", text);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
        EXPECT_CONTAINS(error_message(err), text);
    }
}

TEST(regexes_match_the_whole_string_as_in_go)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"", "anything", true},
        {"web", "web", true},
        {"web", "web-1", false},
        {"web", "my-web", false},
        {"web.*", "web-1", true},
        {".*", "", true},
        {"a|bc", "bc", true},
        {"[a-z]{1,63}-[a-z]{1,63}", "web-one", true},
        {"((((x{0,10}){1,10}){1,10})*)*y", "xxxxy", true}, /* no minutes to compile */
        {"a|bc", "ac", false},
        {"(a|b)c", "bc", true},
        {"(?:a|b)+?c", "abc", true},
        {"(?P<n>a)b", "ab", true},
        {"^a$", "a", true},
        {"a{2}", "aa", true},
        {"a{2,}b{0,1}", "aaab", true},
        {"a{,2}", "a{,2}", true},
        {"a{x", "a{x", true},
        {"a}", "a}", true},
        {"a]", "a]", true},
        {"\\d+", "123", true},
        {"\\d+", "12a", false},
        {"\\D\\W\\S", "a-b", true},
        {"\\w+", "a_B9", true},
        {"\\w+", "a-b", false},
        {"a\\sb", "a b", true},
        {"a\\.b", "axb", false},
        {"a\\.b", "a.b", true},
        {"a\\-\\/\\_b", "a-/_b", true},
        {"a\\<b", "a<b", true},
        {"\\x41\\t", "A\t", true},
        {"\\Aa\\z", "a", true},
        {"[a-c]+", "abc", true},
        {"[^a-c]", "d", true},
        {"[^a-c]", "b", false},
        {"[]a]", "]", true},
        {"[^]a]", "]", false},
        {"[a\\]]", "]", true},
        {"[-a]", "-", true},
        {"[a-]", "-", true},
        {"[\\d.-]+", "1.2-3", true},
        {"[\\w-]+", "a-b_c", true},
        {"[\\\\^-]+", "\\^-", true},
        {"[\\^]", "^", true},
        {"[\\^]", "\\", false},
        {"[\\^-]+", "^-", true},
        {"[\\^-]+", "a", false},
        {"[[]", "[", true},
        {"[[.]+", "[.", true},
        {"[[=a]+", "=[a", true},
        {"[[:alpha:]_]+", "ab_", true},
        {"[[:alpha:]_]+", "a1", false},
        {"(?i)WEB", "web", true},
        {"\\bweb\\b.*", "web-x", true},
        {"\\bweb\\b.*", "webx", false},
        {"\\Qa.b*\\E+", "a.b**", true},
        {"\\Qa.b\\E", "axb", false},
        {"\\pL+[\\p{Nd}-]+", "ab-1", true},
        {"\\PL", "a", false},
        {"\\p{^Lu}+", "aB", false},
        {"a(?i)b", "aB", true},
        {"a(?i)b", "AB", false},
        {"a(?i:[b-c])d", "aBd", true},
        {"a(?i:b)c", "aBC", false},
        {"(?i:a(?-i)b)", "AB", false},
        {"(?s-i:a.)", "a.", true},
        {"\xc3\xa4+", "\xc3\xa4\xc3\xa4", true},
        {"web-(a|b)*", "web-abba", true},
        {"a??b", "b", true},
        {"|a", "", true},
        {"()a", "a", true},
        {"deploy(ment)?", "deploy", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_error struct error *err = NULL;
        cleanup_regex struct regex *r = NULL;

        EXPECT_OK(regex_new_whole(cases[i].pattern, &r, &err));
        if (regex_matches(r, cases[i].text) != cases[i].matches)
            fail_msg("%s against %s", cases[i].pattern, cases[i].text);
    }
}

TEST(what_go_refuses_or_we_cannot_do_is_refused)
{
    static const struct {
        const char *pattern;
        enum error_kind kind;
    } cases[] = {
        {"*", ERROR_INVALID},
        {"+a", ERROR_INVALID},
        {"a**", ERROR_INVALID},
        {"a{2}{3}", ERROR_INVALID},
        {"(", ERROR_INVALID},
        {"a)(b", ERROR_INVALID},
        {"[a", ERROR_INVALID},
        {"[", ERROR_INVALID},
        {"[]", ERROR_INVALID},
        {"[b-a]", ERROR_INVALID},
        {"a\\", ERROR_INVALID},
        {"(?P<n", ERROR_INVALID},
        {"(|*)", ERROR_INVALID},
        {"\\p{Greek}", ERROR_UNSUPPORTED},
        {"\\p{L", ERROR_INVALID},
        {"(?=a)", ERROR_INVALID},
        {"(?P<>a)", ERROR_INVALID},
        {"(a)\\1", ERROR_UNSUPPORTED},
        {"[ä]", ERROR_UNSUPPORTED},
        {"[\\D]", ERROR_UNSUPPORTED},
        {"a{2000}", ERROR_UNSUPPORTED},
        {"((a{100}){100})", ERROR_UNSUPPORTED},
        {"[[:foo:]]", ERROR_UNSUPPORTED},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_error struct error *err = NULL;
        struct regex *r = NULL;

        if (regex_new_whole(cases[i].pattern, &r, &err) == 0)
            fail_msg("%s was accepted", cases[i].pattern);
        if (error_kind(err) != cases[i].kind)
            fail_msg("%s", error_message(err));
        EXPECT_CONTAINS(error_message(err), cases[i].pattern);
    }
}
