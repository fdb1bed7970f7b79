/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/scalar.h"

#include <math.h>
#include <stdio.h>

/* From here on a number rounds to an infinite float: half a step beyond FLT_MAX. */
#define FLOAT32_OVERFLOW 0x1.ffffffp127

/* The fewest digits that read back as the same number. */
static int shortest(double value, int bits, char *text, size_t size)
{
    for (int digits = 0; digits < 17; digits++) {
        snprintf(text, size, "%.*e", digits, value);
        if (bits == 32 ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
            return digits;
    }
    return 17;
}

void scalar_format_float(double value, int bits, char out[32])
{
    char text[32];
    int digits;
    int exponent;

    if (bits == 32 && fabs(value) >= FLOAT32_OVERFLOW)
        value = value < 0 ? -INFINITY : INFINITY;
    if (isnan(value) || isinf(value)) {
        strcpy(out, isnan(value) ? ".nan" : value < 0 ? "-.inf" : ".inf");
        return;
    }
    if (bits == 32)
        value = (double)(float)value;
    digits = shortest(value, bits, text, sizeof(text));
    exponent = atoi(strchr(text, 'e') + 1);
    if (exponent < -4 || exponent >= 6)
        memcpy(out, text, sizeof(text));
    else
        snprintf(out, 32, "%.*f", digits > exponent ? digits - exponent : 0, value);
}

void scalar_format_whole(double value, char out[32])
{
    char text[32];
    char *digits = out;
    int exponent;

    shortest(value, 64, text, sizeof(text));
    exponent = atoi(strchr(text, 'e') + 1);
    for (const char *c = text; *c != 'e'; c++)
        if (*c != '.')
            *digits++ = *c;
    *digits = '\0';
    digits = out + (*out == '-');
    for (int n = (int)strlen(digits); n <= exponent && n < 22; n++)
        strcpy(digits + n, "0");
}
