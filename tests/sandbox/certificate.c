/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define DAYS 365

static bool add_extension(X509 *x, int id, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;
    bool added;

    X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, id, value);
    added = extension && X509_add_ext(x, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool fill(X509 *x, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(x);
    uint32_t serial;

    if (RAND_bytes((unsigned char *)&serial, sizeof(serial)) != 1)
        return false;
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), (uint64_t)serial + 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), DAYS * 86400L);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"gitopsd sandbox",
                               -1, -1, 0);
    X509_set_issuer_name(x, name);
    return X509_set_pubkey(x, key) == 1 &&
           add_extension(x, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(x, NID_subject_alt_name,
                         "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:kubernetes.default.svc") &&
           X509_sign(x, key, EVP_sha256()) > 0;
}

static char *text_of(BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);

    return xstrndup(data, (size_t)len);
}

int certificate_make(struct certificate *out, struct error **err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    BIO *key_text = BIO_new(BIO_s_mem()), *text = BIO_new(BIO_s_mem());
    bool made = key && x && key_text && text && fill(x, key) &&
                PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                PEM_write_bio_X509(text, x) == 1;

    if (made) {
        out->key = text_of(key_text);
        out->certificate = text_of(text);
    }
    BIO_free(key_text);
    BIO_free(text);
    X509_free(x);
    EVP_PKEY_free(key);
    return made ? 0 : error_set(err, ERROR_INTERNAL, "the certificate cannot be made");
}

void certificate_clear(struct certificate *c)
{
    free(c->certificate);
    free(c->key);
}
