/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/json.h"

#include "lua/value.h"

#include <lauxlib.h>

static int push_value(lua_State *lua)
{
    const json_t *value = lua_touserdata(lua, 1);

    value_push(lua, value);
    return 1;
}

static int decode(lua_State *lua)
{
    size_t len;
    const char *text = luaL_checklstring(lua, 1, &len);
    json_error_t why;
    json_t *value = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    int failed;

    if (!value) {
        lua_pushnil(lua);
        lua_pushstring(lua, why.text);
        return 2;
    }
    lua_pushcfunction(lua, push_value);
    lua_pushlightuserdata(lua, value);
    failed = lua_pcall(lua, 1, 1, 0);
    json_decref(value);
    return failed ? lua_error(lua) : 1;
}

int json_module(lua_State *lua)
{
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, decode);
    lua_setfield(lua, -2, "decode");
    return 1;
}
