/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/memory.h"

#include <stdlib.h>

/* In front of all that LuaJIT asks for. */
struct block {
    uint64_t serial;
};

void *memory_allocate(void *arg, void *p, size_t old_size, size_t size)
{
    struct memory *m = arg;
    struct block *block = p ? (struct block *)p - 1 : NULL;
    struct block *grown;

    if (size == 0) {
        m->used_bytes -= old_size;
        free(block);
        return NULL;
    }
    if (size > old_size && size - old_size > MEMORY_MAX_BYTES - m->used_bytes)
        return NULL;
    grown = realloc(block, sizeof(*block) + size);
    if (!grown)
        return NULL;
    m->used_bytes = m->used_bytes - old_size + size;
    if (!p) {
        grown->serial = ++m->serial;
        m->newest = (const char *)(grown + 1);
    }
    return grown + 1;
}

struct memory *memory_of(lua_State *lua)
{
    void *m;

    lua_getallocf(lua, &m);
    return m;
}

void memory_measure_strings(lua_State *lua)
{
    struct memory *m = memory_of(lua);
    size_t offset;

    lua_pushliteral(lua, "a text of which there is no other");
    offset = (size_t)(lua_tostring(lua, -1) - m->newest);
    m->string_offset = offset <= 64 ? offset : 0;
    lua_pop(lua, 1);
}

uint64_t memory_serial(lua_State *lua, int index)
{
    const struct memory *m = memory_of(lua);
    const void *p = lua_topointer(lua, index);

    if (!m->string_offset)
        return 0;
    if (lua_type(lua, index) == LUA_TSTRING)
        p = lua_tostring(lua, index) - m->string_offset;
    return ((const struct block *)p - 1)->serial;
}
