/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_read: the files that a configuration names: tokens, certificates, keys, namespaces.
 * Errors name the path and never the content. ERROR_NOT_FOUND, ERROR_DENIED, ERROR_TOO_LARGE.
 */
#ifndef GITOPSD_LIB_KUBE_CONFIG_READ_H
#define GITOPSD_LIB_KUBE_CONFIG_READ_H

#include "lib/base/error.h"

#define CONFIG_FILE_MAX_BYTES (16u << 20)
#define CONFIG_PEM_MAX_BYTES (1u << 20)
#define CONFIG_TOKEN_MAX_BYTES (64u << 10)

/* Heap string, wiped memory is the caller's business. A NUL byte in the file is ERROR_INVALID. */
int config_read(const char *path, size_t max_bytes, char **out, struct error **err);

/* A token without the white space around it: ERROR_INVALID if nothing remains, or if it holds
 * what cannot stand in a header. */
int config_read_token(const char *path, char **out, struct error **err);
bool config_token_is_valid(const char *token);

/* A file that holds at least one PEM block. */
int config_read_pem(const char *path, char **out, struct error **err);

#endif
