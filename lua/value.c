/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/value.h"

#include <lauxlib.h>

static void push_array(lua_State *lua, const json_t *array)
{
    const json_t *item;
    size_t i;
    int count = 0; /* a null leaves no hole: Argo CD appends */

    lua_createtable(lua, (int)json_array_size(array), 0);
    json_array_foreach (array, i, item) {
        if (json_is_null(item))
            continue;
        value_push(lua, item);
        lua_rawseti(lua, -2, ++count);
    }
}

static void push_object(lua_State *lua, const json_t *object)
{
    const char *name;
    size_t len;
    json_t *item;

    lua_createtable(lua, 0, (int)json_object_size(object));
    json_object_keylen_foreach((json_t *)object, name, len, item)
    {
        if (json_is_null(item))
            continue;
        lua_pushlstring(lua, name, len);
        value_push(lua, item);
        lua_rawset(lua, -3);
    }
}

void value_push(lua_State *lua, const json_t *value)
{
    luaL_checkstack(lua, 4, "the object is nested too deeply");
    switch (json_typeof(value)) {
    case JSON_OBJECT: push_object(lua, value); break;
    case JSON_ARRAY: push_array(lua, value); break;
    case JSON_STRING:
        lua_pushlstring(lua, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
    case JSON_REAL: lua_pushnumber(lua, json_number_value(value)); break;
    case JSON_TRUE:
    case JSON_FALSE: lua_pushboolean(lua, json_is_true(value)); break;
    case JSON_NULL: lua_pushnil(lua); break;
    }
}
