/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_facts: what an Application object tells, field by field. Texts are borrowed and never NULL,
 * unless said otherwise; "" where the object does not say.
 */
#ifndef GITOPSD_CLI_VERBS_APP_FACTS_H
#define GITOPSD_CLI_VERBS_APP_FACTS_H

#include <jansson.h>
#include <stdbool.h>

const char *app_sync(const json_t *app);   /* status.sync.status */
const char *app_health(const json_t *app); /* status.health.status */
/* Is its automated sync switched off (spec.syncPolicy.automated.enabled)? */
bool app_is_suspended(const json_t *app);
/* What was compared last: the commit, or those of all sources joined by ", ". Heap string. */
char *app_revision(const json_t *app);
/* The same of any object that has `revision` or `revisions`. Heap string. */
char *app_revision_of(const json_t *holder);
/* spec.source, or the first of spec.sources; NULL: there is none. */
const json_t *app_first_source(const json_t *app);
/* A repository, without the password that an http(s) URL may hold. Heap string. */
char *app_shown_url(const char *url);
/* status.summary.images; NULL: none. */
const json_t *app_images(const json_t *app);
/* "registry.example.org/team/web:1.2" is "web:1.2"; a digest is cut. Heap string. */
char *app_short_image(const char *image);
/* The first condition that tells of an error or a warning, else the health message, else why the
 * last operation failed. Heap string; "": nothing. */
char *app_first_trouble(const json_t *app);

#endif
