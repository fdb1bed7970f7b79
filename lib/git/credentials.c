/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/remote.h"

#include <openssl/crypto.h>

/* Every text of the credentials, with its name on the way to the child. */
#define CREDENTIAL_TEXTS(X)                                                                        \
    X(username)                                                                                    \
    X(password)                                                                                    \
    X(bearer_token)                                                                                \
    X(ssh_private_key)                                                                             \
    X(tls_client_cert)                                                                             \
    X(tls_client_key)                                                                              \
    X(tls_ca)                                                                                      \
    X(ssh_known_hosts)                                                                             \
    X(proxy)                                                                                       \
    X(unusable)                                                                                    \
    X(secret)

void git_secret_free(char *secret)
{
    if (secret)
        OPENSSL_cleanse(secret, strlen(secret));
    free(secret);
}

void git_credentials_free(struct git_credentials *c)
{
    if (!c)
        return;
#define FREE_TEXT(name) git_secret_free(c->name);
    CREDENTIAL_TEXTS(FREE_TEXT)
    free(c);
}

struct git_credentials *git_credentials_copy(const struct git_credentials *c)
{
    struct git_credentials *copy;

    if (!c)
        return NULL;
    copy = xcalloc(1, sizeof(*copy));
#define COPY_TEXT(name) copy->name = xstrdup(c->name);
    CREDENTIAL_TEXTS(COPY_TEXT)
    copy->insecure = c->insecure;
    return copy;
}

json_t *git_credentials_to_json(const struct git_credentials *c)
{
    json_t *j;

    if (!c)
        return json_null();
    j = json_object();
    /* PEM and known_hosts are text; what is not UTF-8 cannot be one of them and is left out. */
#define PUT_TEXT(name)                                                                             \
    if (c->name)                                                                                   \
        json_object_set_new(j, #name, json_string(c->name));
    CREDENTIAL_TEXTS(PUT_TEXT)
    json_object_set_new(j, "insecure", json_boolean(c->insecure));
    return j;
}

struct git_credentials *git_credentials_from_json(const json_t *j)
{
    struct git_credentials *c = xcalloc(1, sizeof(*c));

#define GET_TEXT(name) c->name = xstrdup(json_string_value(json_object_get(j, #name)));
    CREDENTIAL_TEXTS(GET_TEXT)
    c->insecure = json_is_true(json_object_get(j, "insecure"));
    return c;
}
