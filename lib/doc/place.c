/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/place.h"

#include <ctype.h>

static bool is_plain_name(const char *s)
{
    for (const char *p = s; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_-$", *p))
            return false;
    return *s != '\0';
}

void place_put_field(struct buf *out, const char *name)
{
    buf_printf(out, is_plain_name(name) ? ".%s" : "[\"%s\"]", name);
}
