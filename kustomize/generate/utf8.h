/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8: what Go takes as valid UTF-8 and as white space; it decides between data and binaryData.
 */
#ifndef GITOPSD_KUSTOMIZE_GENERATE_UTF8_H
#define GITOPSD_KUSTOMIZE_GENERATE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the code point in front, 0 for the end and for what is not UTF-8. */
size_t utf8_decode(const char *s, size_t len, unsigned *code);
bool utf8_is_valid(const char *s, size_t len);
/* Bytes of the white space character in front (Go's unicode.IsSpace), 0 where there is none. */
size_t utf8_space_len(const char *s, size_t len);

#endif
