/* SPDX-License-Identifier: Apache-2.0 */
/* What is signed is verified by the program openssl. */
#include "lib/net/jwt.h"

#include "lib/base/base64.h"
#include "lib/base/run.h"
#include "tests/test.h"

#include <sys/wait.h>

static bool shell(const char *command)
{
    const char *const args[] = {"sh", "-c", command, NULL};
    const struct run_spec spec = {.args = args, .timeout_ms = 60000};
    cleanup_buf struct buf output = BUF_INIT(1 << 16);
    cleanup_error struct error *err = NULL;
    int status = -1;

    EXPECT_OK(run_program(&spec, &output, &status, &err));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static const char *dir(void)
{
    static const char *made;

    if (!made)
        made = test_tmpdir();
    return made;
}

/* The text of a new private key. Heap string. */
static char *make_key(const char *name, const char *options)
{
    cleanup_free char *command =
        xasprintf("cd %s && openssl genpkey %s -out %s.pem && openssl pkey -passin pass:opensesame "
                  "-in %s.pem -pubout -out %s.pub 2>/dev/null || test -s %s.pem",
                  dir(), options, name, name, name, name);
    cleanup_free char *path = xasprintf("%s/%s.pem", dir(), name);

    EXPECT(shell(command));
    return test_read_file(path);
}

#define RSA(bits) "-quiet -algorithm RSA -pkeyopt rsa_keygen_bits:" bits

/* Of one part of a token. */
static void write_decoded(const char *part, size_t len, const char *name)
{
    cleanup_free char *path = xasprintf("%s/%s", dir(), name);
    cleanup_free char *text = xasprintf("%.*s%s", (int)len, part, &"==="[(len + 3) % 4]);
    cleanup_buf struct buf decoded = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    FILE *f = fopen(path, "w");

    for (char *c = text; *c; c++)
        *c = (char)(*c == '-' ? '+' : *c == '_' ? '/' : *c);
    EXPECT_OK(base64_decode(text, strlen(text), &decoded, &err));
    EXPECT_INT(fwrite(decoded.data, 1, decoded.len, f), decoded.len);
    fclose(f);
}

static bool openssl_verifies(const char *token, const char *name)
{
    const char *end = strrchr(token, '.');
    cleanup_free char *text = xstrndup(token, (size_t)(end - token));
    cleanup_free char *command = xasprintf(
        "cd %s && openssl dgst -sha256 -verify %s.pub -signature signature signed", dir(), name);

    EXPECT_INT(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
               strlen(token));
    test_write_file(dir(), "signed", text);
    write_decoded(end + 1, strlen(end + 1), "signature");
    return shell(command);
}

static char *part_of(const char *token, unsigned n)
{
    cleanup_free char *path = xasprintf("%s/part", dir());

    while (n-- > 0)
        token = strchr(token, '.') + 1;
    write_decoded(token, strcspn(token, "."), "part");
    return test_read_file(path);
}

TEST(openssl_verifies_what_is_signed)
{
    cleanup_free char *key = make_key("right", RSA("2048"));
    /* Of each length modulo three: with one, two and no characters of padding left out. */
    static const char *const claims[] = {"{\"iss\":\"1\"}", "{\"iss\":\"12\"}",
                                         "{\"iss\":\"123\"}"};
    cleanup_error struct error *err = NULL;

    free(make_key("other", RSA("2048")));
    for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
        cleanup_free char *token = NULL;

        EXPECT_OK(jwt_sign(key, i ? "k1" : NULL, claims[i], &token, &err));
        EXPECT(openssl_verifies(token, "right"));
        EXPECT(!openssl_verifies(token, "other"));
        cleanup_free char *header = part_of(token, 0);
        cleanup_free char *payload = part_of(token, 1);
        EXPECT_STR(header, i ? "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}"
                             : "{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
        EXPECT_STR(payload, claims[i]);
    }
}

TEST(a_key_that_cannot_sign_is_refused_and_not_shown)
{
    static const struct {
        const char *name, *options, *why;
    } rows[] = {
        {"short", RSA("1024"), "an RSA key of 1024 bits"},
        {"curve", "-quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256", "not an RSA key"},
        {"locked", RSA("2048") " -aes256 -pass pass:opensesame", "without a passphrase"},
    };
    static const char broken[] = "-----BEGIN RSA PRIVATE KEY-----\nopensesame\n"
                                 "-----END RSA PRIVATE KEY-----\n";
    static const char *const texts[] = {"", "opensesame", broken};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *key = make_key(rows[i].name, rows[i].options);
        cleanup_error struct error *err = NULL;
        char *token = NULL;

        EXPECT_INT(jwt_sign(key, NULL, "{}", &token, &err), -1);
        EXPECT_CONTAINS(error_message(err), rows[i].why);
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        cleanup_error struct error *err = NULL;
        char *token = NULL;

        EXPECT_INT(jwt_sign(texts[i], NULL, "{}", &token, &err), -1);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
        EXPECT_NULL(strstr(error_message(err), "opensesame"));
    }
}
