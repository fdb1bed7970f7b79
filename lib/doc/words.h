/* SPDX-License-Identifier: Apache-2.0 */
/* words: what others wrote, as a JSON string: of any length, and not always UTF-8. */
#ifndef GITOPSD_LIB_DOC_WORDS_H
#define GITOPSD_LIB_DOC_WORDS_H

#include <jansson.h>

/* Never NULL. What is longer is cut, and ends in " ..."; where it is no UTF-8, its bytes above
 * ASCII become '?'. NULL gives "". */
json_t *words_json(const char *words, size_t max_bytes);

#endif
