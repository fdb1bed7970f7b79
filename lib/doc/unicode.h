/* SPDX-License-Identifier: Apache-2.0 */
/* unicode: the two properties of characters that the order of keys depends on. */
#ifndef GITOPSD_LIB_DOC_UNICODE_H
#define GITOPSD_LIB_DOC_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

bool unicode_is_letter(uint32_t c);
bool unicode_is_digit(uint32_t c); /* a decimal digit of any script */

#endif
