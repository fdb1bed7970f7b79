/* SPDX-License-Identifier: Apache-2.0 */
/* whole: is everything of a commit there, and as it was stored? Inside lib/git only. */
#ifndef GITOPSD_LIB_GIT_WHOLE_H
#define GITOPSD_LIB_GIT_WHOLE_H

#include "lib/git/library.h"

/* Trees are read, which checks their hashes; files too if `read_blobs`, else they only have to be
 * there. Takes as long as there are different trees: a few of them can name each other ten times
 * over, for a commit of more files than any disk holds. */
bool git_commit_is_whole(git_repository *repo, const git_oid *id, bool read_blobs);

#endif
