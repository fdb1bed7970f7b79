/* SPDX-License-Identifier: Apache-2.0 */
/* defaults_job: what a Job gets where its author says nothing. */
#ifndef GITOPSD_TESTS_SANDBOX_DEFAULTS_JOB_H
#define GITOPSD_TESTS_SANDBOX_DEFAULTS_JOB_H

#include "tests/sandbox/sandbox.h"

void defaults_job(struct sandbox *s, json_t *job);
/* The labels and the selector that tell its Pods from others: nobody comes to own them. */
void defaults_job_admitted(json_t *job);

#endif
