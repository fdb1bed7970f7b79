/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/pairs.h"

#include "lua/memory.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct key {
    int type;
    int index; /* in the list of keys as they were found */
    lua_Number number;
    const char *text;
    size_t len;
    uint64_t serial; /* 0: does not count */
};

static int rank(const struct key *k)
{
    return k->type == LUA_TNUMBER ? 0 : k->type == LUA_TSTRING ? 1 : 2;
}

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left;
    const struct key *b = right;
    size_t len = a->len < b->len ? a->len : b->len;
    int order = 0;

    if (rank(a) != rank(b))
        return rank(a) - rank(b);
    if (a->type == LUA_TNUMBER)
        return (a->number > b->number) - (a->number < b->number);
    if (a->serial != b->serial)
        return a->serial < b->serial ? -1 : 1;
    if (a->type == LUA_TSTRING)
        order = memcmp(a->text, b->text, len);
    if (!order)
        order = (a->len > b->len) - (a->len < b->len);
    return order ? order : a->index - b->index;
}

/* Leaves the list of the keys of the table at 1 on the stack. */
static int list_keys(lua_State *lua)
{
    int count = 0;

    lua_newtable(lua);
    lua_pushnil(lua);
    while (lua_next(lua, 1)) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        lua_rawseti(lua, -3, ++count);
    }
    return count;
}

/* Is the table at 1 a part of the object, which has no order of its own? */
static bool is_of_object(lua_State *lua)
{
    const struct memory *m = memory_of(lua);
    uint64_t serial = memory_serial(lua, 1);

    return serial > m->object_after && serial <= m->object_end;
}

/* [list] -> [list in order] */
static void sort_keys(lua_State *lua, int count)
{
    bool by_name = is_of_object(lua);
    struct key *keys = lua_newuserdata(lua, (size_t)count * sizeof(*keys));

    for (int i = 0; i < count; i++) {
        lua_rawgeti(lua, -2, i + 1);
        keys[i] = (struct key){.type = lua_type(lua, -1), .index = i + 1};
        if (keys[i].type == LUA_TNUMBER)
            keys[i].number = lua_tonumber(lua, -1);
        else if (keys[i].type == LUA_TSTRING)
            keys[i].text = lua_tolstring(lua, -1, &keys[i].len); /* the table holds it */
        if (keys[i].type == LUA_TSTRING && !by_name)
            keys[i].serial = memory_serial(lua, -1);
        lua_pop(lua, 1);
    }
    qsort(keys, (size_t)count, sizeof(*keys), compare_keys);
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(lua, -3, keys[i].index);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_replace(lua, -3);
    lua_pop(lua, 1);
}

/* upvalues: the keys, the index of the last one */
static int next_in_order(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    for (;;) {
        int index = (int)lua_tointeger(lua, lua_upvalueindex(2)) + 1;

        lua_settop(lua, 1);
        lua_pushinteger(lua, index);
        lua_replace(lua, lua_upvalueindex(2));
        lua_rawgeti(lua, lua_upvalueindex(1), index);
        if (lua_isnil(lua, -1))
            return 1;
        lua_pushvalue(lua, -1);
        lua_rawget(lua, 1);
        if (!lua_isnil(lua, -1))
            return 2;
    }
}

int pairs_in_order(lua_State *lua)
{
    int count;

    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    count = list_keys(lua);
    if (count > 1)
        sort_keys(lua, count);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_in_order, 2);
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}
