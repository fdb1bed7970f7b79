/* SPDX-License-Identifier: Apache-2.0 */
/* remedy: what a person does about a condition of an Application: docs/operating.md in one line. */
#ifndef GITOPSD_CLI_VERBS_REMEDY_H
#define GITOPSD_CLI_VERBS_REMEDY_H

/* NULL: the message says it all, or the type is not ours. */
const char *remedy_of(const char *type, const char *message);

#endif
