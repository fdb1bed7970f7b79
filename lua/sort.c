/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/sort.h"

#include <lauxlib.h>
#include <stdbool.h>

/* On the stack of sort_stable. */
enum { TABLE = 1, LESS, FROM, TO };

/* Does the entry `b` of FROM belong before the entry `a`? */
static bool is_less(lua_State *lua, int b, int a)
{
    bool less;

    if (lua_isfunction(lua, LESS)) {
        lua_pushvalue(lua, LESS);
        lua_rawgeti(lua, FROM, b);
        lua_rawgeti(lua, FROM, a);
        lua_call(lua, 2, 1);
        less = lua_toboolean(lua, -1);
        lua_pop(lua, 1);
        return less;
    }
    lua_rawgeti(lua, FROM, b);
    lua_rawgeti(lua, FROM, a);
    less = lua_lessthan(lua, -2, -1);
    lua_pop(lua, 2);
    return less;
}

static void copy(lua_State *lua, int from, int i, int to, int j)
{
    lua_rawgeti(lua, from, i);
    lua_rawseti(lua, to, j);
}

/* The runs from `a` to before `b` and from there to before `end`, in order, become one in TO. */
static void merge(lua_State *lua, int a, int b, int end)
{
    int middle = b;

    for (int i = a; i < end; i++) {
        bool right = a >= middle || (b < end && is_less(lua, b, a));

        copy(lua, FROM, right ? b++ : a++, TO, i);
    }
}

int sort_stable(lua_State *lua)
{
    int count;

    luaL_checktype(lua, TABLE, LUA_TTABLE);
    if (!lua_isnoneornil(lua, LESS))
        luaL_checktype(lua, LESS, LUA_TFUNCTION);
    lua_settop(lua, LESS);
    count = (int)lua_objlen(lua, TABLE);
    lua_createtable(lua, count, 0);
    lua_createtable(lua, count, 0);
    for (int i = 1; i <= count; i++)
        copy(lua, TABLE, i, FROM, i);
    for (int width = 1; width < count; width *= 2) {
        for (int i = 1; i <= count; i += 2 * width) {
            int middle = i + width <= count ? i + width : count + 1;

            merge(lua, i, middle, middle + width <= count ? middle + width : count + 1);
        }
        lua_insert(lua, FROM); /* TO is what comes next */
    }
    for (int i = 1; i <= count; i++)
        copy(lua, FROM, i, TABLE, i);
    return 0;
}
