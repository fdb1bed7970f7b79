/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/identity_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#define UUID_BYTES 37
#define KERNEL_RANDOM "/proc/sys/kernel/random/"

/* The kernel makes and tells UUIDs. */
static void read_uuid(const char *path, char out[UUID_BYTES])
{
    FILE *f = fopen(path, "re");

    if (!f || !fgets(out, UUID_BYTES, f))
        snprintf(out, UUID_BYTES, "%08lx-0000-0000-0000-%012lx", (unsigned long)getpid(),
                 (unsigned long)random());
    if (f)
        fclose(f);
}

/* "BOOT-ID UUID": of this start of this machine only. */
static bool read_former(int fd, const char *boot, char uuid[UUID_BYTES])
{
    char text[2 * UUID_BYTES] = "";

    if (pread(fd, text, sizeof(text) - 1, 0) != (ssize_t)sizeof(text) - 1)
        return false;
    if (strncmp(text, boot, UUID_BYTES - 1) != 0 || text[UUID_BYTES - 1] != ' ')
        return false;
    memcpy(uuid, text + UUID_BYTES, UUID_BYTES - 1);
    uuid[UUID_BYTES - 1] = '\0';
    return true;
}

struct identity_file identity_file_open(const char *state_dir)
{
    cleanup_free char *path = xasprintf("%s/identity", state_dir);
    struct identity_file file = {.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    char boot[UUID_BYTES];
    char uuid[UUID_BYTES];
    char host[256] = "";

    gethostname(host, sizeof(host) - 1);
    read_uuid(KERNEL_RANDOM "boot_id", boot);
    if (file.fd >= 0 && flock(file.fd, LOCK_EX | LOCK_NB) < 0) {
        close(file.fd);
        file.fd = -1;
    }
    if (file.fd < 0 || !read_former(file.fd, boot, uuid)) {
        read_uuid(KERNEL_RANDOM "uuid", uuid);
        if (file.fd >= 0 &&
            (ftruncate(file.fd, 0) < 0 || dprintf(file.fd, "%s %s\n", boot, uuid) < 0))
            identity_file_close(&file);
    }
    free(file.name);
    file.name = xasprintf("%s_%s", host, uuid);
    return file;
}

void identity_file_close(struct identity_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->name);
    *file = (struct identity_file){.fd = -1};
}
