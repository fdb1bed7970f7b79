/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/text.h"

#include "lib/base/mem.h"
#include "lib/doc/scalar.h"

#include <ctype.h>
#include <inttypes.h>
#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void push_text(lua_State *lua, lua_Number n)
{
    char text[32];

    if (n >= -0x1p63 && n < 0x1p63 && n == (lua_Number)(int64_t)n)
        snprintf(text, sizeof(text), "%" PRId64, (int64_t)n);
    else if (isnan(n) || isinf(n))
        strcpy(text, isnan(n) ? "NaN" : n > 0 ? "+Inf" : "-Inf");
    else
        scalar_format_float(n, 64, text);
    lua_pushstring(lua, text);
}

/* A number at `index` becomes its text; everything else stays. */
static void make_text(lua_State *lua, int index)
{
    if (lua_type(lua, index) != LUA_TNUMBER)
        return;
    push_text(lua, lua_tonumber(lua, index));
    lua_replace(lua, index);
}

/* ---- the operator ---- */

/* Is it what `hold` made? upvalue: the metatable of those tables */
static bool is_held(lua_State *lua, int index)
{
    bool held;

    if (!lua_istable(lua, index) || !lua_getmetatable(lua, index))
        return false;
    held = lua_rawequal(lua, -1, lua_upvalueindex(1));
    lua_pop(lua, 1);
    return held;
}

/* true .. value: until the left side comes. */
static int hold(lua_State *lua)
{
    lua_createtable(lua, 1, 0);
    lua_pushvalue(lua, 2);
    lua_rawseti(lua, -2, 1);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_setmetatable(lua, -2);
    return 1;
}

/* [left, right], which are not both texts. By hand: LuaJIT's lua_concat crashes there. */
static int call_operator(lua_State *lua)
{
    for (int i = 1; i <= 2; i++) {
        if (lua_isboolean(lua, i) || !luaL_getmetafield(lua, i, "__concat"))
            continue;
        lua_insert(lua, 1);
        lua_call(lua, 2, 1);
        return 1;
    }
    return luaL_error(lua, "attempt to concatenate a %s value",
                      luaL_typename(lua, lua_isstring(lua, 1) ? 2 : 1));
}

static int join(lua_State *lua)
{
    if (!is_held(lua, 2) && lua_isboolean(lua, 1))
        return hold(lua);
    if (is_held(lua, 2)) {
        lua_rawgeti(lua, 2, 1);
        lua_replace(lua, 2);
    }
    if (!lua_isstring(lua, 1) || !lua_isstring(lua, 2))
        return call_operator(lua);
    make_text(lua, 1);
    make_text(lua, 2);
    lua_concat(lua, 2);
    return 1;
}

void text_open_operator(lua_State *lua)
{
    lua_pushboolean(lua, true);
    lua_createtable(lua, 0, 2); /* of booleans */
    lua_createtable(lua, 0, 1); /* of what is held */
    lua_pushvalue(lua, -1);
    lua_pushcclosure(lua, join, 1);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, "__concat");
    lua_setfield(lua, -3, "__concat");
    lua_pop(lua, 1);
    lua_pushboolean(lua, false);
    lua_setfield(lua, -2, "__metatable"); /* not for scripts */
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
}

/* ---- base and table ---- */

/* upvalue: the library's function */
static int to_string(lua_State *lua)
{
    luaL_checkany(lua, 1);
    lua_settop(lua, 1);
    if (lua_type(lua, 1) == LUA_TNUMBER) {
        make_text(lua, 1);
        return 1;
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, 1, 1);
    return 1;
}

/* "inf", "nan", "-infinity", "0b1": for LuaJIT alone are they numbers. */
static bool is_word(const char *text)
{
    text += strspn(text, " \t\n\r\f\v");
    text += strspn(text, "+-");
    return isalpha((unsigned char)*text) || (text[0] == '0' && (text[1] | 0x20) == 'b');
}

/* upvalue: the library's function */
static int to_number(lua_State *lua)
{
    luaL_checkany(lua, 1);
    if (lua_type(lua, 1) == LUA_TSTRING && lua_isnoneornil(lua, 2) &&
        is_word(lua_tostring(lua, 1))) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

/* concat(table, separator, first, last); what is outside of the table is left out. */
static int concat(lua_State *lua)
{
    luaL_Buffer out;
    const char *separator;
    size_t len;
    int first, last;

    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 4);
    make_text(lua, 2);
    separator = luaL_optlstring(lua, 2, "", &len);
    first = luaL_optint(lua, 3, 1);
    last = luaL_optint(lua, 4, INT_MAX);
    if (first < 1)
        first = 1;
    if (last > (int)lua_objlen(lua, 1))
        last = (int)lua_objlen(lua, 1);
    luaL_buffinit(lua, &out);
    for (int i = first; i <= last; i++) {
        lua_rawgeti(lua, 1, i);
        if (!lua_isstring(lua, -1))
            return luaL_error(lua, "invalid value (%s) at index %d in table for 'concat'",
                              luaL_typename(lua, -1), i);
        make_text(lua, lua_gettop(lua));
        luaL_addvalue(&out);
        if (i < last)
            luaL_addlstring(&out, separator, len);
    }
    luaL_pushresult(&out);
    return 1;
}

void text_open(lua_State *lua)
{
    lua_getglobal(lua, "tostring");
    lua_pushcclosure(lua, to_string, 1);
    lua_setglobal(lua, "tostring");
    lua_getglobal(lua, "tonumber");
    lua_pushcclosure(lua, to_number, 1);
    lua_setglobal(lua, "tonumber");
    lua_getglobal(lua, LUA_TABLIBNAME);
    lua_pushcfunction(lua, concat);
    lua_setfield(lua, -2, "concat");
    lua_pop(lua, 1);
}

/* ---- string ---- */

/*
 * The library's function itself, upvalue 1, goes on with the arguments, in this frame where that
 * can be: its errors then name the place in the script.
 */
static int go_on(lua_State *lua)
{
    lua_CFunction function = lua_tocfunction(lua, lua_upvalueindex(1));

    if (function)
        return function(lua);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

/* upvalue 2: so many arguments are texts */
static int call_with_texts(lua_State *lua)
{
    int count = (int)lua_tointeger(lua, lua_upvalueindex(2));

    for (int i = 1; i <= count; i++) {
        make_text(lua, i);
        if (i == 1)
            luaL_checklstring(lua, i, NULL);
    }
    return go_on(lua);
}

/* "%5.1f" or so: its length where it is one that snprintf may have, else 0. */
static size_t float_directive(const char *p)
{
    size_t flags = strspn(p + 1, "-+ #0");
    size_t width = strspn(p + 1 + flags, "0123456789");
    size_t len = 1 + flags + width;
    size_t precision;

    if (p[len] == '.') {
        precision = strspn(p + len + 1, "0123456789");
        len += 1 + precision;
        if (precision > 2)
            return 0;
    }
    return flags <= 5 && width <= 2 && p[len] && strchr("eEfgG", p[len]) ? len + 1 : 0;
}

/* The number at `arg` becomes text by the directive. Go's %g alone means the shortest digits. */
static void make_float_text(lua_State *lua, int arg, const char *directive, size_t len)
{
    char text[512];
    char format[16];

    snprintf(format, sizeof(format), "%.*s", (int)len, directive);
    if (streq(format, "%g"))
        scalar_format_float(lua_tonumber(lua, arg), 64, text);
    else
        snprintf(text, sizeof(text), format, lua_tonumber(lua, arg)); /* NOLINT: checked above */
    lua_pushstring(lua, text);
    lua_replace(lua, arg);
}

/*
 * format, where numbers become text here: for %s, and for %f and its like, whose last digit LuaJIT
 * rounds otherwise (2.25 to 2.3). The library does the rest, and tells what is wrong.
 */
static int format(lua_State *lua)
{
    luaL_Buffer out;
    const char *p;
    int arg = 1;
    int top;

    make_text(lua, 1);
    p = luaL_checkstring(lua, 1);
    top = lua_gettop(lua);
    luaL_buffinit(lua, &out);
    while (*p) {
        size_t len = *p == '%' && p[1] ? strspn(p + 1, "-+ #0123456789.") + 2 : 1;
        size_t as_float = len > 1 ? float_directive(p) : 0;

        if (len > 1 && p[1] != '%' && ++arg <= top) {
            if (p[len - 1] == 's' || p[len - 1] == 'q')
                make_text(lua, arg);
            if (as_float && lua_isnumber(lua, arg))
                make_float_text(lua, arg, p, as_float);
            else
                as_float = 0;
        } else {
            as_float = 0;
        }
        luaL_addlstring(&out, as_float ? "%s" : p, as_float ? 2 : len);
        p += len;
    }
    luaL_pushresult(&out);
    lua_replace(lua, 1);
    return go_on(lua);
}

/* [string] -> [string] */
static void replace(lua_State *lua, const char *name, lua_CFunction function, int texts)
{
    lua_getfield(lua, -1, name);
    lua_pushinteger(lua, texts);
    lua_pushcclosure(lua, function, 2);
    lua_setfield(lua, -2, name);
}

void text_open_string(lua_State *lua)
{
    static const struct {
        const char *name;
        int texts;
    } functions[] = {
        {"byte", 1},  {"find", 2}, {"gmatch", 2},  {"gsub", 3}, {"len", 1},   {"lower", 1},
        {"match", 2}, {"rep", 1},  {"reverse", 1}, {"sub", 1},  {"upper", 1},
    };

    lua_getglobal(lua, LUA_STRLIBNAME);
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        replace(lua, functions[i].name, call_with_texts, functions[i].texts);
    replace(lua, "format", format, 0);
    lua_pop(lua, 1);
}
