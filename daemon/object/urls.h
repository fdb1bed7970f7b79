/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urls: the addresses at which people reach what an object exposes.
 * Source: Argo CD, summary.externalURLs (argocd-behaviour 10.2): the hosts and paths of an Ingress,
 * unless its annotation argocd.argoproj.io/ignore-default-links says no, and the values of
 * annotations link.argocd.argoproj.io/NAME ("URL" or "TITLE|URL") on any object.
 * A pure function.
 */
#ifndef GITOPSD_DAEMON_OBJECT_URLS_H
#define GITOPSD_DAEMON_OBJECT_URLS_H

#include "lib/base/vec.h"

#include <jansson.h>

/* Each once. */
void urls_of(const json_t *live, struct strvec *out);

#endif
