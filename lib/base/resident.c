/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/resident.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Segments that cannot be written hold nothing but what is in the file. (Relocated data that is
 * read-only later is in a writable segment.) */
static int drop_segments(struct dl_phdr_info *object, size_t size, void *arg)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    (void)size;
    (void)arg;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t from = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t to = (object->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(page - 1);

        if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W) && from < to)
            madvise((void *)from, to - from, MADV_DONTNEED); /* refused, it stays as it is */
    }
    return 0;
}

void resident_trim(void)
{
    malloc_trim(0);
    dl_iterate_phdr(drop_segments, NULL);
}
