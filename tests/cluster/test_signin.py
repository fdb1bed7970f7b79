# SPDX-License-Identifier: Apache-2.0
"""Repositories that are read with a token, which is had for what Argo CD's Secret holds: the key of
a GitHub App or of a Google service account, or what Azure wants. The Git server takes no other
token than one that the token server has issued, and that verifies who asks."""

import json
import time

import pytest

from harness import eventually
from token_server import TokenServer
from world import conditions, config_map

CONFIG_MAPS = "/api/v1/namespaces/argocd/configmaps"
# So rarely that nothing is found out by waiting.
NEVER = "10m"


@pytest.fixture
def tokens(world, tmp_path):
    with TokenServer(tmp_path / "tokens") as server:
        world.git_server.accepts = server.accepts
        yield server


def github(tokens, key, installation="7"):
    """The fields of a Secret for App 12."""
    fields = {"githubAppID": "12", "githubAppPrivateKey": key.pem,
              "githubAppEnterpriseBaseUrl": f"{tokens.url}/api/v3"}
    return {**fields, "githubAppInstallationID": installation} if installation else fields


@pytest.fixture
def app_key(tokens):
    """The key of App 12, which is installed once: as 7."""
    tokens.apps["12"] = tokens.key("app")
    tokens.installations[7] = "team"
    return tokens.apps["12"]


def told(world, *texts):
    """A condition of the application that says all of this, and no secret."""
    def look():
        message = conditions(world.get("web"))["ComparisonError"]
        assert all(text in message for text in texts)
        return message
    message = eventually(look)
    assert not leaks(message + world.daemon.log())
    return message


def leaks(text):
    """A token, an assertion or a part of a key."""
    return [word for word in ("opensesame", "eyJ", "PRIVATE KEY", "MII") if word in text]


def push(repo, value="a"):
    repo.write("web/a.yaml", config_map("a", value))
    return repo.commit()


def test_one_token_of_a_github_app_for_all_repositories(world, tokens, app_key, secret):
    other = world.git_server.create("other")
    other.write("c.yaml", config_map("c"))
    other.commit()
    world.repo.write("too/b.yaml", config_map("too"))
    push(world.repo)
    secret("team", world.git_server.url, type="repo-creds", **github(tokens, app_key))
    for name in ("web", "too"):
        world.create(name)
    world.create("other", path=".", repo=other)
    world.start()
    for name in ("web", "too"):
        world.wait_synced(name, world.repo.head())
    world.wait_synced("other", other.head())
    world.wait_synced("web", push(world.repo, "b"))
    assert tokens.requests == ["POST /api/v3/app/installations/7/access_tokens 201"]
    assert not leaks(world.daemon.log())


def test_a_remote_base_is_read_with_a_token(world, tokens, app_key, secret):
    base = world.git_server.create("base")
    base.write("c.yaml", config_map("base"))
    base.write("kustomization.yaml", "resources: [c.yaml]\n")
    base.commit()
    secret("base", base.url, **github(tokens, app_key))
    world.git_server.accepts = lambda header: tokens.accepts(header) or "own" in header
    secret("web", world.repo.url, bearerToken="own")
    world.repo.write("web/kustomization.yaml", f"namePrefix: web-\nresources: ['{base.url}']\n")
    sha = world.repo.commit()
    world.create("web")
    world.start(args=["--allow-remote", f"{world.git_server.url}/**"])
    world.wait_synced("web", sha)
    assert world.exists("configmaps", "web-base")
    assert tokens.requests == ["POST /api/v3/app/installations/7/access_tokens 201"]


def test_the_installation_is_that_of_the_repositorys_owner(world, tokens, app_key, secret):
    tokens.installations = {n: f"somebody-{n}" for n in range(100, 250)} | {7: "Team"}
    repo = world.git_server.create("team/web")
    secret("web", repo.url, **github(tokens, app_key, installation=None))
    world.create("web", repo=repo)
    world.start()
    world.wait_synced("web", push(repo))
    assert [request.split("?")[0] for request in tokens.requests] == [
        "GET /api/v3/app/installations", "GET /api/v3/app/installations",
        "POST /api/v3/app/installations/7/access_tokens 201"]


def test_a_token_that_ends_while_it_runs(world, tokens, app_key, secret):
    tokens.lifetime_s = 5
    secret("web", world.repo.url, **github(tokens, app_key))
    world.create("web")
    world.start()
    world.wait_synced("web", push(world.repo))
    eventually(lambda: time.time() > tokens.issued[0].expires)
    world.wait_synced("web", push(world.repo, "b"))
    assert len(tokens.issued) >= 2


def test_a_token_that_is_taken_back_is_renewed_once(world, tokens, app_key, secret):
    secret("web", world.repo.url, **github(tokens, app_key))
    world.create("web")
    world.start()
    world.wait_synced("web", push(world.repo))
    assert len(tokens.issued) == 1
    mark = world.daemon.log_mark()
    tokens.revoke()
    world.wait_synced("web", push(world.repo, "b"))
    assert len(tokens.issued) == 2
    # Nobody noticed.
    assert world.daemon.events("source failed", since=mark) == []


def test_a_token_that_is_refused_again_is_not_asked_for_without_end(world, tokens, app_key,
                                                                    secret):
    world.git_server.accepts = lambda authorization: False
    name = secret("web", world.repo.url, **github(tokens, app_key))
    push(world.repo)
    world.create("web")
    world.start(poll_interval=NEVER)
    told(world, "the server refused the configured credentials of user x-access-token", name)
    eventually(lambda: len(tokens.issued) == 2)
    # Each later try is one of its own.
    world.patch("web", {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}})
    eventually(lambda: len(tokens.issued) == 3)


def test_a_wrong_key_is_told_and_may_be_mended(world, tokens, app_key, secret):
    name = secret("web", world.repo.url, **github(tokens, tokens.key("wrong")))
    sha = push(world.repo)
    world.create("web")
    world.start(poll_interval=NEVER)
    told(world, f"Secret {name}", "status 401: A JSON web token could not be decoded",
         "githubAppPrivateKey and the clock of this machine")
    fields = github(tokens, app_key)
    secret("web", world.repo.url, **{**fields, "githubAppPrivateKey": "MII opensesame"})
    told(world, name, "githubAppPrivateKey cannot be used: it is not a private key in PEM")
    secret("web", world.repo.url, **{**fields, "githubAppID": ""})
    told(world, f"its Secret {name} is of no use: githubAppID is missing")
    secret("web", world.repo.url, **fields)
    world.wait_synced("web", sha)


def test_an_installation_that_is_not_there(world, tokens, app_key, secret):
    secret("web", world.repo.url, **github(tokens, app_key, installation="8"))
    sha = push(world.repo)
    world.create("web")
    world.start(poll_interval=NEVER)
    told(world, "status 404: Not Found (check githubAppInstallationID")
    secret("web", world.repo.url, **github(tokens, app_key, installation=None))
    told(world, "the App is not installed for ")
    secret("web", world.repo.url, **github(tokens, app_key))
    world.wait_synced("web", sha)


def test_a_token_server_that_is_down(world, tokens, app_key, secret):
    tokens.stop()
    secret("web", world.repo.url, **github(tokens, app_key))
    sha = push(world.repo)
    world.create("web")
    world.start()
    told(world, f"sign in as a GitHub App at {tokens.url}", "connect")
    tokens.start()
    world.wait_synced("web", sha)


def test_a_token_server_with_a_ca_of_its_own(world, tokens, https_git_server, secret, tmp_path):
    with TokenServer(tmp_path / "tls", certs=https_git_server) as server:
        world.git_server.accepts = server.accepts
        server.apps["12"] = server.key("app")
        server.installations[7] = "team"
        secret("web", world.repo.url, **github(server, server.apps["12"]))
        sha = push(world.repo)
        world.create("web")
        world.start(poll_interval=NEVER)
        told(world, "certificate is not trusted", "argocd-tls-certs-cm")
        world.cluster.request("POST", CONFIG_MAPS, {
            "metadata": {"name": "argocd-tls-certs-cm"},
            "data": {"127.0.0.1": https_git_server.ca_file.read_text()}})
        try:
            world.wait_synced("web", sha)
        finally:
            world.cluster.request("DELETE", f"{CONFIG_MAPS}/argocd-tls-certs-cm")


def test_a_google_service_account(world, tokens, secret):
    mail = "deploy@project.iam.example.com"
    tokens.accounts[mail] = tokens.key("account")

    def key_file(key):
        return json.dumps({"type": "service_account", "client_email": mail, "private_key": key.pem,
                           "private_key_id": "k1", "token_uri": f"{tokens.url}/token"})
    secret("web", world.repo.url, gcpServiceAccountKey=key_file(tokens.key("wrong")))
    sha = push(world.repo)
    world.create("web")
    world.start(poll_interval=NEVER)
    told(world, "sign in as a Google service account", "check that the key in gcpServiceAccountKey")
    secret("web", world.repo.url, gcpServiceAccountKey=key_file(tokens.accounts[mail]))
    world.wait_synced("web", sha)
    assert tokens.issued[0].username == mail and not leaks(world.daemon.log())


def test_an_azure_service_principal(world, tokens, secret):
    tokens.principals["tenant-1", "client-1"] = "s3cret+/ &="
    fields = {"azureServicePrincipalClientSecret": "s3cret",
              "azureActiveDirectoryEndpoint": f"{tokens.url}/"}
    ids = {"azureServicePrincipalClientId": "client-1", "azureServicePrincipalTenantId": "tenant-1"}
    secret("web", world.repo.url, **fields, **ids)
    sha = push(world.repo)
    world.create("web")
    world.start(poll_interval=NEVER)
    message = told(world, "AADSTS7000215: Invalid client secret provided (check the client id")
    assert "s3cret" not in message + world.daemon.log()
    fields["azureServicePrincipalClientSecret"] = "s3cret+/ &="
    secret("web", world.repo.url, **fields, **ids)
    world.wait_synced("web", sha)
    # A template spells the names in another way.
    secret("web", "https://elsewhere.example.org/web")
    secret("all", world.git_server.url, type="repo-creds", **fields,
           azureServicePrincipalClientID="client-1", azureServicePrincipalTenantID="tenant-1")
    tokens.revoke()
    sha = push(world.repo, "b")
    world.patch("web", {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}})
    world.wait_synced("web", sha)


def test_an_azure_workload_identity(world, tokens, secret, tmp_path):
    tokens.workloads["tenant-2", "client-2"] = "eyJ.pod.token"
    pod_token = tmp_path / "pod-token"
    pod_token.write_text("eyJ.expired.token\n")
    secret("web", world.repo.url, useAzureWorkloadIdentity="true")
    world.create("web")
    world.start(env={"AZURE_FEDERATED_TOKEN_FILE": str(pod_token), "AZURE_TENANT_ID": "tenant-2",
                     "AZURE_CLIENT_ID": "client-2", "AZURE_AUTHORITY_HOST": f"{tokens.url}/"})
    sha = push(world.repo)
    told(world, "sign in as an Azure workload identity", "federated credential of AZURE_CLIENT_ID")
    # As Kubernetes does it before the old one ends.
    pod_token.write_text("eyJ.pod.token\n")
    world.wait_synced("web", sha)
    assert not leaks(world.daemon.log())
