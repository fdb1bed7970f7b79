/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/jwt.h"

#include "lib/base/base64.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/* RFC 7518 wants at least 2048. More than this takes long, and nobody issues it. */
#define MIN_KEY_BITS 2048
#define MAX_KEY_BITS 8192

DEFINE_CLEANUP(pkey, EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP(bio, BIO, BIO_free_all)
DEFINE_CLEANUP(digest, EVP_MD_CTX, EVP_MD_CTX_free)

/* Base 64 for URLs, without padding (RFC 4648, section 5). Heap string. */
static char *base64url(const void *data, size_t len)
{
    char *text = base64_encode(data, len);

    for (char *c = text; *c; c++)
        *c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
    text[strcspn(text, "=")] = '\0';
    return text;
}

/* Never asks a terminal for a passphrase. */
static int no_passphrase(char *text, int size, int writing, void *arg)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static int read_key(const char *pem, EVP_PKEY **key, struct error **err)
{
    __attribute__((cleanup(cleanup_bio_fn))) BIO *bio = BIO_new_mem_buf(pem, -1);

    if (!bio)
        abort();
    *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    ERR_clear_error();
    if (!*key)
        return error_set(err, ERROR_INVALID, "it is not a private key in PEM without a passphrase");
    if (EVP_PKEY_get_base_id(*key) != EVP_PKEY_RSA)
        return error_set(err, ERROR_INVALID, "it is not an RSA key");
    if (EVP_PKEY_get_bits(*key) < MIN_KEY_BITS || EVP_PKEY_get_bits(*key) > MAX_KEY_BITS)
        return error_set(err, ERROR_INVALID, "it is an RSA key of %d bits, not of %d to %d",
                         EVP_PKEY_get_bits(*key), MIN_KEY_BITS, MAX_KEY_BITS);
    return 0;
}

/* RSASSA-PKCS1-v1_5 with SHA-256. Heap string in base 64; NULL: libcrypto failed. */
static char *sign(EVP_PKEY *key, const char *text)
{
    __attribute__((cleanup(cleanup_digest_fn))) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    unsigned char signature[MAX_KEY_BITS / 8];
    size_t len = sizeof(signature);

    if (!digest)
        abort();
    if (EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(digest, signature, &len, (const unsigned char *)text, strlen(text)) != 1) {
        ERR_clear_error();
        return NULL;
    }
    return base64url(signature, len);
}

int jwt_sign(const char *key_pem, const char *key_id, const char *claims, char **token,
             struct error **err)
{
    __attribute__((cleanup(cleanup_pkey_fn))) EVP_PKEY *key = NULL;
    cleanup_free char *header =
        key_id ? xasprintf("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", key_id)
               : xstrdup("{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
    cleanup_free char *first = base64url(header, strlen(header));
    cleanup_free char *second = base64url(claims, strlen(claims));
    cleanup_free char *signed_text = xasprintf("%s.%s", first, second);
    cleanup_free char *signature = NULL;

    if (read_key(key_pem, &key, err) < 0)
        return -1;
    signature = sign(key, signed_text);
    if (!signature)
        return error_set(err, ERROR_INVALID, "libcrypto cannot sign with it");
    *token = xasprintf("%s.%s", signed_text, signature);
    return 0;
}
