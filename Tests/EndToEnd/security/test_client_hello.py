"""The right filter chain whatever a ClientHello looks like and in whatever pieces it comes, by both engines."""
import json

import pytest
from conformance.table import FIXTURES
from harness.http_client import Client, request_bytes
from harness.modern_tls import ModernTLS
from harness.sidecar import ENGINES
from harness.world import World

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(22)]

_CALLER = "cluster.local/ns/default/sa/client"
_WEB, _GATE, _SOURCE = "10.10.3.1", "10.10.3.20", "10.10.99.1"
_NAMES = ["one.example", "two.example", "*.three.example", "any.example"]

#: A server of each name, with its own certificate, and one for everybody else.
GATEWAY = """
apiVersion: v1
kind: Pod
metadata: {name: gate, namespace: default, labels: {app: gate}}
spec: {serviceAccountName: gate, containers: [{name: istio-proxy, image: proxyv2}]}
status: {podIP: 10.10.3.20, phase: Running, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec:
  selector: {app: gate}
  servers:
%s
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: default}
spec:
  hosts: ["*"]
  gateways: [edge]
  http: [{route: [{destination: {host: legacy, port: {number: 8080}}}]}]
""" % "\n".join(
    f"  - {{port: {{number: 8443, name: https-{number}, protocol: HTTPS}}, hosts: ['{host}'], tls: {{mode: SIMPLE,"
    f" serverCertificate: '/certificates/{name}/cert-chain.pem', privateKey: '/certificates/{name}/key.pem'}}}}"
    for number, (name, host) in enumerate(zip(_NAMES, [*_NAMES[:3], "*"]))
)

#: What the application protocols are, and whether they are those of the mesh, on a port of TCP.
FORMS = {
    "none": ([], False),
    "the mesh's": (["istio"], True),
    "the exchange of peers": (["istio-peer-exchange"], True),
    "both": (["istio-peer-exchange", "istio"], True),
    "a browser's": (["h2", "http/1.1"], False),
    "the old": (["http/1.0", "http/0.9"], False),
    "the mesh's last": (["h2", "http/1.1", "istio"], True),
    "the mesh's first": (["istio", "h2", "http/1.1"], True),
    "the mesh's twice": (["istio", "istio"], True),
    "capitals": (["ISTIO"], False),
    "longer": (["istio2"], False),
    "shorter": (["isti"], False),
    "with a blank": ([" istio", "istio "], False),
    "with a NUL": (["istio\0", "\0istio"], False),
    "bytes that are no text": (["\xff\xfe", "isti\xf6"], False),
    "sixteen others": ([f"other-{number}" for number in range(16)], False),
    "the longest, and the mesh's behind": (["x" * 255] * 16 + ["istio"], True),
}
PIECES = {"whole": {}, "byte by byte": {"piece": 1}, "in records of 7 bytes": {"record": 7, "piece": 5}}


@pytest.fixture(scope="module")
def world():
    one = World("hello", (FIXTURES / "mesh" / "secure.yaml").read_text() + "\n---\n" + GATEWAY, identities=True)
    for name in _NAMES:
        one.authority.folder(name)
    yield one
    one.close()


def _served(world, form, pieces, **more) -> str:
    """Who shook hands with us: the proxy (`mesh`), or the server, which got the bytes as they were (`bytes`)."""
    tls = ModernTLS(world.authority.folder(_CALLER), FORMS[form][0], **PIECES[pieces], **more)
    client = Client(_WEB, 9000, _SOURCE, 5, tls=tls)
    try:
        # A post-quantum share alone has more than a kilobyte.
        assert len(client.socket.hello) > 1200
        return "bytes" if json.loads(client.request(request_bytes(host="web")).body)["tls"] else "mesh"
    finally:
        client.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("pieces", PIECES)
def test_application_protocols_choose_the_chain_of_a_workload(world, engine, pieces):
    sidecar = world.enter(engine, "web.default")
    got = {form: world.namespace.inside(_served, world, form, pieces) for form in FORMS}
    assert got == {form: "mesh" if is_mesh else "bytes" for form, (_, is_mesh) in FORMS.items()}
    assert sidecar.child.alive()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_client_of_tls_1_3_alone_is_seen(world, engine):
    world.enter(engine, "web.default")
    for pieces in PIECES:
        assert world.namespace.inside(lambda: _served(world, "the mesh's", pieces, only="1.3")) == "mesh"


@pytest.mark.parametrize("engine", ENGINES)
def test_http_by_mutual_tls_byte_by_byte(world, engine):
    world.enter(engine, "web.default")

    def call():
        tls = ModernTLS(world.authority.folder(_CALLER), ["istio-http/1.1", "istio"], piece=1)
        client = Client(_WEB, 8080, _SOURCE, 5, tls=tls)
        try:
            return client.request(request_bytes(host="web"))
        finally:
            client.close()

    answer = world.namespace.inside(call)
    assert answer.status == 200 and b"x-forwarded-client-cert" in answer.body


SERVERS = {
    "one.example": "one.example", "ONE.Example": "one.example", "two.example": "two.example",
    "a.three.example": "*.three.example", "b.a.three.example": "*.three.example", "three.example": "any.example",
    "one.example.evil": "any.example", "xone.example": "any.example", None: "any.example",
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("only", ["1.2", "1.3", None])
def test_the_server_name_chooses_the_chain_of_a_gateway(world, engine, only):
    world.enter(engine, "gate.default", "router")

    def ask(name, pieces):
        tls = ModernTLS(None, ["http/1.1"], only, **PIECES[pieces])
        client = Client(_GATE, 8443, _SOURCE, 5, tls=tls, sni=name)
        try:
            host = "x.example" if SERVERS[name] == "any.example" else name.lower()
            return client.socket.peer_names(), client.request(request_bytes(host=host)).status
        finally:
            client.close()

    for pieces in PIECES:
        got = {name: world.namespace.inside(ask, name, pieces) for name in SERVERS}
        assert got == {name: ([certificate], 200) for name, certificate in SERVERS.items()}, pieces
