/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/program.h"

#include "lib/base/mem.h"

#include <errno.h>
#include <unistd.h>

char *program_find(const char *name)
{
    cleanup_free char *self = realpath("/proc/self/exe", NULL);
    const char *slash = self ? strrchr(self, '/') : NULL;
    int len = slash ? (int)(slash - self) + 1 : 0;
    char *beside = xasprintf("%.*s%s", len, self ? self : "", name);
    char *installed = xasprintf("%.*s" GITOPSD_LIBEXEC "/%s", len, self ? self : "", name);

    /* One that may not be run is not absent: whoever starts it is told so. */
    if (access(beside, X_OK) < 0 && (access(installed, X_OK) == 0 || errno == EACCES)) {
        free(beside);
        return installed;
    }
    free(installed);
    return beside;
}
