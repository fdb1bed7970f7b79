/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/protobuf.h"

#include "tests/test.h"

#include "lib/doc/yaml.h"

/* As kubectl sends `create namespace shop` with a label, and a field 99. */
static const char namespace[] = "k8s\0"
                                "\x0a\x0f\x0a\x02v1\x12\x09Namespace"
                                "\x12\x19"
                                "\x0a\x14\x0a\x04shop\x12\x00\x5a\x0a\x0a\x04team\x12\x02xy"
                                "\x98\x06\x01";

static int read(size_t len, json_t **out)
{
    cleanup_error struct error *err = NULL;

    return protobuf_read(namespace, len, out, &err);
}

TEST(an_object_is_read)
{
    cleanup_json json_t *got = NULL;
    cleanup_free char *text = NULL;

    EXPECT_INT(read(sizeof(namespace) - 1, &got), 0);
    text = json_dumps(got, JSON_COMPACT);
    EXPECT_STR(text,
               "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"shop\","
               "\"labels\":{\"team\":\"xy\"}}}");
}

TEST(what_is_cut_off_is_refused_or_less)
{
    for (size_t len = 0; len < sizeof(namespace) - 1; len++) {
        char *copy = xmalloc(len + 1); /* so that a read behind its end is seen */
        cleanup_error struct error *err = NULL;
        json_t *got = NULL;

        memcpy(copy, namespace, len);
        if (protobuf_read(copy, len, &got, &err) == 0)
            json_decref(got);
        free(copy);
    }
}

TEST(other_kinds_are_unsupported)
{
    static const char other[] = "k8s\0\x0a\x0b\x0a\x02v1\x12\x05Thing\x12\x00";
    cleanup_error struct error *err = NULL;
    json_t *got = NULL;

    EXPECT_INT(protobuf_read(other, sizeof(other) - 1, &got, &err), -1);
    EXPECT_INT(error_kind(err), ERROR_UNSUPPORTED);
}
