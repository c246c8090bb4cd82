"""CUSTOM policies: external authorization over HTTP and gRPC, by both engines; and in doubt it is refused."""
import json
import threading
import time

import pytest

from harness.authorizers import GRPCAuthorizer, HTTPAuthorizer
from harness.cluster import eventually
from harness.http_client import Client, request_bytes
from harness.sidecar import ENGINES
from harness.world import World

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(28)]

AUTHORIZER = "10.10.4.1"
HTTP, GRPC = {"service": "authz.default.svc.cluster.local", "port": 8000, "timeout": "0.5s"}, {
    "service": "authz.default.svc.cluster.local", "port": 9000, "timeout": "0.5s",
}  # fmt: skip
#: Nobody listens there.
DOWN = {"port": 8001}
HEADERS = {
    "pathPrefix": "/ask", "includeRequestHeadersInCheck": ["x-decide", "x-mine*"],
    "includeAdditionalHeadersInCheck": {"x-from": "mesh"}, "headersToUpstreamOnAllow": ["x-user", "x-tag"],
    "headersToDownstreamOnDeny": ["x-reason", "content-type"], "headersToDownstreamOnAllow": ["x-quota"],
}  # fmt: skip
BODY = {"includeRequestBodyInCheck": {"maxRequestBytes": 16, "allowPartialMessage": True}}
WHOLE = {"includeRequestBodyInCheck": {"maxRequestBytes": 16}}

#: Each is the provider of a workload of its name.
PROVIDERS = {
    "http": {"envoyExtAuthzHttp": {**HTTP, **HEADERS}},
    "http-body": {"envoyExtAuthzHttp": {**HTTP, **BODY, "includeRequestHeadersInCheck": ["x-decide"]}},
    "http-whole": {"envoyExtAuthzHttp": {**HTTP, **WHOLE, "includeRequestHeadersInCheck": ["x-decide"]}},
    "http-open": {"envoyExtAuthzHttp": {**HTTP, "failOpen": True, "includeRequestHeadersInCheck": ["x-decide"]}},
    "http-down": {"envoyExtAuthzHttp": {**HTTP, **DOWN}},
    "http-down-status": {"envoyExtAuthzHttp": {**HTTP, **DOWN, "statusOnError": "503"}},
    "http-down-open": {"envoyExtAuthzHttp": {**HTTP, **DOWN, "failOpen": True}},
    "grpc": {"envoyExtAuthzGrpc": GRPC},
    "grpc-body": {"envoyExtAuthzGrpc": {**GRPC, **BODY}},
    "grpc-open": {"envoyExtAuthzGrpc": {**GRPC, "failOpen": True}},
    "grpc-down": {"envoyExtAuthzGrpc": {**GRPC, **DOWN}},
    "grpc-down-status": {"envoyExtAuthzGrpc": {**GRPC, **DOWN, "statusOnError": "503"}},
    "grpc-down-open": {"envoyExtAuthzGrpc": {**GRPC, **DOWN, "failOpen": True}},
}

WORKLOAD = """
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: default, labels: {{app: {name}}}}}
spec: {{containers: [{{name: app, ports: [{{containerPort: 8080}}]}}]}}
status: {{podIP: {address}, phase: Running, conditions: [{{type: Ready, status: "True"}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: default}}
spec: {{clusterIP: {virtual}, selector: {{app: {name}}}, ports: [{{name: http, port: 8080, targetPort: 8080}}]}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: {name}-custom, namespace: default}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  action: CUSTOM
  provider: {{name: {name}}}
  rules: [{{to: [{{operation: {{notPaths: [/free*]}}}}]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: {name}-deny, namespace: default}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  action: DENY
  rules: [{{to: [{{operation: {{paths: [/ok/denied, /free/denied]}}}}]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: {name}-allow, namespace: default}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  rules: [{{to: [{{operation: {{paths: [/ok*, /free*]}}}}]}}]
"""
SERVICE = f"""
apiVersion: v1
kind: Namespace
metadata: {{name: default}}
---
apiVersion: v1
kind: Pod
metadata: {{name: authz, namespace: default, labels: {{app: authz}}}}
spec: {{containers: [{{name: app}}]}}
status: {{podIP: {AUTHORIZER}, phase: Running, conditions: [{{type: Ready, status: "True"}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: authz, namespace: default}}
spec:
  clusterIP: 10.96.4.1
  selector: {{app: authz}}
  ports:
  - {{name: http, port: 8000, targetPort: 8000}}
  - {{name: http-down, port: 8001, targetPort: 8001}}
  - {{name: grpc, port: 9000, targetPort: 9000}}
"""


@pytest.fixture(scope="module")
def world():
    workloads = [
        WORKLOAD.format(name=name, address=f"10.10.4.{10 + number}", virtual=f"10.96.4.{10 + number}")
        for number, name in enumerate(PROVIDERS)
    ]
    mesh = {"extensionProviders": [{"name": name, **provider} for name, provider in PROVIDERS.items()]}
    world = World("authz", "\n---\n".join([SERVICE, *workloads]), mesh)
    try:
        world.http = HTTPAuthorizer(world.namespace, AUTHORIZER, 8000)
        world.grpc = GRPCAuthorizer(world.namespace, AUTHORIZER, 9000)
        yield world
    finally:
        for name in ("http", "grpc"):
            if hasattr(world, name):
                getattr(world, name).close()
        world.close()


def ask(world, engine: str, provider: str, decide: str | None = None, path="/ok", headers=None, **more):
    """The response, and what the workload got (None where it was not asked)."""
    sidecar = world.enter(engine, f"{provider}.default")
    world.http.asked.clear()
    world.grpc.asked.clear()
    lines = {**({} if decide is None else {"x-decide": decide}), **(headers or {})}

    def work():
        client = Client(sidecar.address, 8080, "10.10.99.1")
        try:
            return client.request(request_bytes(host=provider, path=path, headers=lines, **more))
        finally:
            client.close()

    response = world.namespace.inside(work)
    assert sidecar.child.alive(), sidecar.child.text()
    return response, json.loads(response.body) if response.value("x-echo-server") else None


def got(echo: dict, name: str) -> list:
    return [value for key, value in echo["headers"] if key == name]


# Each provider begins with its own sidecar: cases of one provider and engine stand together.
def both(*cases) -> list:
    return [
        pytest.param(engine, *case, id=f"{engine}-{'-'.join(map(str, case))}") for engine in ENGINES for case in cases
    ]


@pytest.mark.parametrize(
    ("engine", "provider", "decide", "status"),
    both(
        ("http", "allow", 200), ("http", "deny", 401), ("http", "redirect", 302), ("http", "created", 201),
        ("http", "error", 403), ("http", "reset", 403), ("http", "garbage", 403), ("http", "slow", 403),
        ("http", "half-line", 403), ("http", "half-head", 403), ("http", "half-body", 403),
        ("http-open", "allow", 200), ("http-open", "deny", 401), ("http-open", "error", 200),
        ("http-open", "reset", 200), ("http-open", "garbage", 200), ("http-open", "slow", 200),
        ("http-down", "allow", 403), ("http-down-status", "allow", 503), ("http-down-open", "allow", 200),
        ("grpc", "allow", 200), ("grpc", "deny", 401), ("grpc", "bare", 403), ("grpc", "empty", 200),
        ("grpc", "error", 403), ("grpc", "reset", 403), ("grpc", "slow", 403),
        ("grpc-open", "allow", 200), ("grpc-open", "deny", 401), ("grpc-open", "error", 200),
        ("grpc-open", "reset", 200), ("grpc-open", "slow", 200),
        ("grpc-down", "allow", 403), ("grpc-down-status", "allow", 503), ("grpc-down-open", "allow", 200),
    ),
)  # fmt: skip
def test_verdict(world, engine, provider, decide, status):
    response, echo = ask(world, engine, provider, decide)
    assert response.status == status, response
    assert (echo is None) == (status != 200)
    assert response.seconds < 3


@pytest.mark.parametrize(("engine", "provider"), both(("http",), ("grpc",)))
def test_who_is_denied_is_told_so_in_the_words_of_the_service(world, engine, provider):
    response, _ = ask(world, engine, provider, "deny")
    assert (response.status, response.body) == (401, b"not for you")
    assert response.value("x-reason") == "because"
    assert response.value("x-secret") is None and response.value("x-user") is None
    if provider == "http":
        assert response.value("content-type") == "text/plain"


@pytest.mark.parametrize(("engine", "provider"), both(("http",), ("grpc",)))
def test_who_is_allowed_comes_with_the_headers_of_the_service(world, engine, provider):
    response, echo = ask(world, engine, provider, "allow", headers={"x-user": "mallory", "x-remove": "1"})
    assert response.status == 200
    assert got(echo, "x-user") == ["alice"] and got(echo, "x-secret") == []
    assert response.value("x-quota") == "7"
    if provider == "grpc":
        assert got(echo, "x-remove") == []


@pytest.mark.parametrize("engine", ENGINES)
def test_the_service_over_http_gets_what_it_is_to_get(world, engine):
    ask(world, engine, "http", "allow", "/ok/a?b=c", {"x-mine-1": "one", "cookie": "secret", "x-other": "two"})
    (check,) = world.http.asked
    assert (check["method"], check["path"], check["body"]) == ("GET", "/ask/ok/a?b=c", b"")
    assert check["headers"]["x-from"] == "mesh" and check["headers"]["x-mine-1"] == "one"
    assert check["headers"]["host"] == "http"
    assert not {"cookie", "x-other"} & set(check["headers"])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_service_over_grpc_gets_the_request(world, engine):
    ask(world, engine, "grpc", "allow", "/ok/a?b=c", {"cookie": "mine"})
    (check,) = world.grpc.asked
    http = check.attributes.request.http
    assert (http.method, http.path, http.host) == ("GET", "/ok/a?b=c", "grpc")
    assert http.headers["cookie"] == "mine" and http.headers["x-decide"] == "allow"
    assert check.attributes.source.address.socket_address.address == "10.10.99.1"


@pytest.mark.parametrize(("engine", "provider"), both(("http-body",), ("grpc-body",)))
def test_the_service_gets_the_beginning_of_the_body(world, engine, provider):
    body = b"0123456789abcdefghij"
    response, echo = ask(world, engine, provider, "allow", method="POST", body=body)
    assert response.status == 200 and echo["bodyBytes"] == len(body)
    if provider == "http-body":
        (check,) = world.http.asked
        assert check["body"] == body[:16]
        assert check["headers"].get("x-envoy-auth-partial-body") == "true"
    else:
        (check,) = world.grpc.asked
        assert check.attributes.request.http.body == body[:16].decode()


@pytest.mark.parametrize(("engine", "size", "status"), both((16, 200), (17, 413)))
def test_a_body_that_is_to_be_seen_whole_and_is_too_long_is_refused(world, engine, size, status):
    response, _ = ask(world, engine, "http-whole", "allow", method="POST", body=b"x" * size)
    assert response.status == status


@pytest.mark.parametrize(
    ("engine", "path", "decide", "status", "asked"),
    both(
        ("/free", "deny", 200, 0),  # the rule does not ask for it
        ("/free/denied", "allow", 403, 0),
        ("/ok/denied", "allow", 403, 1),  # CUSTOM, then DENY
        ("/ok/denied", "deny", 401, 1),  # the first that says no
        ("/elsewhere", "allow", 403, 1),  # CUSTOM, then ALLOW
        ("/elsewhere", "deny", 401, 1),
        ("/ok", "allow", 200, 1),
    ),
)
def test_custom_comes_before_deny_and_deny_before_allow(world, engine, path, decide, status, asked):
    response, _ = ask(world, engine, "http", decide, path)
    assert (response.status, len(world.http.asked)) == (status, asked)
    if status == 403:
        assert response.body == b"RBAC: access denied"


@pytest.mark.parametrize(("engine", "provider"), both(("http",), ("grpc",)))
@pytest.mark.parametrize(("decide", "status"), [("allow", 200), ("deny", 401)])
def test_bytes_that_are_no_text_do_not_get_past_the_service(world, engine, provider, decide, status):
    response, echo = ask(world, engine, provider, decide, headers={"x-mine-1": "\xff\xfe\x80", "cookie": "\xc3\x28"})
    assert response.status == status
    assert len(world.http.asked + world.grpc.asked) == 1
    if echo:
        assert got(echo, "cookie") == ["\xc3\x28"]


@pytest.mark.parametrize(("engine", "provider"), both(("http",), ("grpc",)))
def test_a_service_that_is_killed_while_it_thinks_has_refused(world, engine, provider):
    make, port = (HTTPAuthorizer, 8000) if provider == "http" else (GRPCAuthorizer, 9000)
    service = getattr(world, provider)

    def kill():
        while not service.asked:
            time.sleep(0.005)
        service.kill()

    assert ask(world, engine, provider, "allow")[0].status == 200
    service.asked.clear()
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        assert ask(world, engine, provider, "slow")[0].status == 403
    finally:
        killer.join()
        setattr(world, provider, make(world.namespace, AUTHORIZER, port))


@pytest.mark.parametrize(("engine", "provider"), both(("http",), ("grpc",)))
def test_a_service_that_stops_and_comes_back(world, engine, provider):
    assert ask(world, engine, provider, "allow")[0].status == 200
    make, port = (HTTPAuthorizer, 8000) if provider == "http" else (GRPCAuthorizer, 9000)
    getattr(world, provider).close()
    try:
        assert ask(world, engine, provider, "allow")[0].status == 403
    finally:
        setattr(world, provider, make(world.namespace, AUTHORIZER, port))
    eventually(lambda: ask(world, engine, provider, "allow")[0].status == 200)
    assert ask(world, engine, provider, "deny")[0].status == 401


@pytest.mark.sec(16)
@pytest.mark.parametrize("provider", ["http", "grpc"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_service_is_told_every_value_of_a_header(engine, provider, world):
    for values in (["one", "two"], ["one, two", "three"], ["one", "", "two"]):
        response, echo = ask(world, engine, provider, "allow", headers={"x-mine-v": values})
        assert response.status == 200 and got(echo, "x-mine-v") == values
        if provider == "http":
            told = [value for name, value in world.http.asked[0]["lines"] if name == "x-mine-v"]
        else:
            told = [world.grpc.asked[0].attributes.request.http.headers["x-mine-v"]]
        assert ",".join(told) == ",".join(values), told
