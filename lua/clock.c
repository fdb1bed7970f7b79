/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/clock.h"

#include <lauxlib.h>
#include <time.h>

#define MAX_FIELD 1e9 /* what is more makes no time */

static int field(lua_State *lua, const char *name, int absent)
{
    lua_Number n = absent;

    lua_pushstring(lua, name);
    lua_rawget(lua, 1);
    if (lua_isnumber(lua, -1))
        n = lua_tonumber(lua, -1);
    lua_pop(lua, 1);
    return n >= -MAX_FIELD && n <= MAX_FIELD ? (int)n : absent;
}

int clock_time(lua_State *lua)
{
    struct tm tm = {0};

    if (lua_isnoneornil(lua, 1)) {
        lua_pushnumber(lua, (lua_Number)time(NULL));
        return 1;
    }
    luaL_checktype(lua, 1, LUA_TTABLE);
    tm.tm_year = field(lua, "year", -1) - 1900;
    tm.tm_mon = field(lua, "month", -1) - 1;
    tm.tm_mday = field(lua, "day", -1);
    tm.tm_hour = field(lua, "hour", 12);
    tm.tm_min = field(lua, "min", 0);
    tm.tm_sec = field(lua, "sec", 0);
    lua_pushnumber(lua, (lua_Number)timegm(&tm));
    return 1;
}
