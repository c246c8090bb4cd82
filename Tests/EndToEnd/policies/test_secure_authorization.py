"""Authorization services behind mutual TLS, and what their answers leave for the access log; by both engines."""
import json

import pytest

from harness.authorizers import GRPCAuthorizer, HTTPAuthorizer
from harness.cluster import eventually
from harness.http_client import Client, request_bytes
from harness.identities import server_context
from harness.sidecar import ENGINES
from harness.world import World

from .test_external_authorization import AUTHORIZER, GRPC, HTTP, SERVICE, WORKLOAD

pytestmark = pytest.mark.needs_root

IDENTITY, OTHER = "cluster.local/ns/default/sa/default", "cluster.local/ns/default/sa/other"
PROVIDERS = {
    "http": {"envoyExtAuthzHttp": {**HTTP, "includeRequestHeadersInCheck": ["x-decide"]}},
    "grpc": {"envoyExtAuthzGrpc": GRPC},
}
AUDIT = """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: audited, namespace: default}
spec: {action: AUDIT, rules: [{to: [{operation: {paths: [/ok/audited]}}]}]}
"""
KEPT = "envoy.filters.http.ext_authz"
FORMAT = "".join(
    [
        "kept=[%DYNAMIC_METADATA(envoy.common:access_log_hint)%] ", f"[%DYNAMIC_METADATA({KEPT}:who)%] ",
        f"[%DYNAMIC_METADATA({KEPT}:who):3%] [%DYNAMIC_METADATA({KEPT}:of)%] [%DYNAMIC_METADATA({KEPT}:of:a)%] ",
        f"[%DYNAMIC_METADATA({KEPT}:none)%] %RESPONSE_CODE% %REQ(:PATH)%\n",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def world():
    workloads = [
        WORKLOAD.format(name=name, address=f"10.10.4.{10 + number}", virtual=f"10.96.4.{10 + number}")
        for number, name in enumerate(PROVIDERS)
    ]
    service = SERVICE.replace("labels: {app: authz}", "labels: {app: authz, security.istio.io/tlsMode: istio}")
    assert service != SERVICE
    mesh = {
        "extensionProviders": [{"name": name, **provider} for name, provider in PROVIDERS.items()],
        "accessLogFormat": FORMAT,
    }
    world = World("secure-authz", "\n---\n".join([service, AUDIT, *workloads]), mesh, identities=True)
    try:
        yield world
    finally:
        world.close()


def serve(world, provider: str, principal: str | None):
    """The service under the name of `principal`, or in plaintext."""
    folder = principal and world.authority.folder(principal)
    if provider == "grpc":
        return GRPCAuthorizer(world.namespace, AUTHORIZER, 9000, folder)
    return HTTPAuthorizer(world.namespace, AUTHORIZER, 8000, folder and server_context(folder))


def ask(world, engine: str, provider: str, decide: str, path: str = "/ok"):
    sidecar = world.enter(engine, f"{provider}.default")

    def work():
        client = Client(sidecar.address, 8080, "10.10.99.1")
        try:
            return client.request(request_bytes(host=provider, path=path, headers={"x-decide": decide}))
        finally:
            client.close()

    response = world.namespace.inside(work)
    assert sidecar.child.alive(), sidecar.child.text()
    return response


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_service_is_asked_by_mutual_tls_and_only_the_one_meant(world, engine, provider):
    service = serve(world, provider, IDENTITY)
    try:
        # The first handshake may take longer than an answer is waited for.
        eventually(lambda: ask(world, engine, provider, "allow").status == 200)
        assert ask(world, engine, provider, "deny").status == 401
        assert len(service.asked) >= 2
    finally:
        service.close()
    for principal in (OTHER, None):
        service = serve(world, provider, principal)
        try:
            assert [ask(world, engine, provider, "allow").status for _ in range(2)] == [403, 403]
            assert service.asked == []
        finally:
            service.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_service_and_an_audit_leave_is_logged(world, engine):
    service = serve(world, "grpc", IDENTITY)
    try:
        eventually(lambda: ask(world, engine, "grpc", "allow", "/ok/warm").status == 200)
        echo = json.loads(ask(world, engine, "grpc", "rich", "/ok/audited?token=1&b=2&a").body)
        assert echo["path"] == "/ok/audited?a=&b=2&user=alice%20b"
        assert ask(world, engine, "grpc", "tired", "/ok/tired").status == 403

        def lines():
            text = world.sidecar.child.text()
            ours = [line for line in text.splitlines() if line.startswith("kept=")]
            return [line for line in ours if "/ok/audited" in line or "/ok/tired" in line]

        eventually(lambda: len(lines()) == 2)
        assert lines() == [
            'kept=[true] [alice] [ali] [{"a":1.5,"b":[1,true,null,"x"]}] [1.5] [-] 200 /ok/audited?a=&b=2&user=alice%20b',
            "kept=[-] [mallory] [mal] [-] [-] [-] 403 /ok/tired",
        ]
    finally:
        service.close()
