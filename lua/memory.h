/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory: what a Lua state may have of it, and in which order its strings and tables were made.
 */
#ifndef GITOPSD_LUA_MEMORY_H
#define GITOPSD_LUA_MEMORY_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

/* A document of a megabyte becomes some 20 MB of tables. */
#define MEMORY_MAX_BYTES (128u << 20)

struct memory {
    size_t used_bytes;
    uint64_t serial; /* of the block that was made last */
    const char *newest;
    size_t string_offset;              /* of a string's text in its block; 0: unknown */
    uint64_t object_after, object_end; /* what was made for the object, set by whoever pushes it */
};

/* A lua_Alloc; `arg` is the struct memory of the state. NULL where that would be too much. */
void *memory_allocate(void *arg, void *p, size_t old_size, size_t size);

struct memory *memory_of(lua_State *lua);

/* Find out where in its block the text of a string is: before, memory_serial() knows nothing. */
void memory_measure_strings(lua_State *lua);

/* When the string or the table at `index` was made: the later, the larger. 0: unknown. */
uint64_t memory_serial(lua_State *lua, int index);

#endif
