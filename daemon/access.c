/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/access.h"

#include "daemon/daemon.h"
#include "daemon/signin/signin.h"
#include "daemon/source/credentials.h"
#include "daemon/source/trust.h"

/* Is there something to sign in with? What `want` points to is borrowed until trust_add() is called
 * again or the loop turns. */
static bool find_want(const struct daemon *d, const char *url, struct signin_want *want)
{
    const struct signin_spec *spec = credentials_find_signin(d->credentials, url);

    if (!spec)
        return false;
    *want = (struct signin_want){
        .url = url,
        .spec = spec,
        .how = trust_add(d->trust, spec->server, credentials_find(d->credentials, url)),
    };
    return true;
}

const struct git_credentials *access_credentials(void *daemon, const char *url)
{
    const struct daemon *d = daemon;
    const struct git_credentials *credentials = credentials_find(d->credentials, url);
    struct signin_want want;

    if (find_want(d, url, &want))
        credentials = signin_add(d->signin, &want, credentials);
    return trust_add(d->trust, url, credentials);
}

void access_sign_in(void *daemon, const char *url, source_signed_in_fn *done, void *repo)
{
    const struct daemon *d = daemon;
    struct signin_want want;

    if (find_want(d, url, &want))
        signin_prepare(d->signin, &want, done, repo);
    else
        done(repo, NULL);
}

bool access_refused(void *daemon, const char *url, uint64_t signed_in_ms)
{
    const struct daemon *d = daemon;
    struct signin_want want;

    if (!find_want(d, url, &want))
        return false;
    signin_refused(d->signin, &want, signed_in_ms);
    return true;
}
