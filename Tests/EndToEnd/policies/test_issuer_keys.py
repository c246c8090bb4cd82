"""Keys by `jwksUri`, which the control plane fetches; without keys no token is good."""
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conformance.table import FIXTURES
from harness.cluster import eventually
from harness.http_client import Client, request_bytes
from harness.sidecar import ENGINES
from harness.tokens import ISSUER, jwks, signed
from harness.world import World

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(27)]

POLICY = """
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {{name: jwt, namespace: default}}
spec:
  jwtRules:
  - {{issuer: "{issuer}", jwksUri: "{uri}"}}
"""


class Issuer:
    """Publishes `keys` on the loopback of a namespace; `status` is what it answers with."""

    def __init__(self, namespace):
        self.keys, self.status, self.asked, self.location = jwks("rsa"), 200, [], None
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append(self.path)
                body = issuer.keys if isinstance(issuer.keys, bytes) else json.dumps(issuer.keys).encode()
                self.send_response(issuer.status)
                self.send_header("content-length", str(len(body)))
                if issuer.location:
                    self.send_header("location", issuer.location)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = namespace.inside(ThreadingHTTPServer, ("127.0.0.1", 8100), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def closing():
    """Starts worlds; the one before is closed when the next is asked for, as they share ports."""
    current = []

    def close():
        while current:
            for one in reversed(current.pop()):
                one.close()

    def start(*arguments, uri="http://127.0.0.1:8100/jwks"):
        close()
        text = (FIXTURES / "mesh" / "secure.yaml").read_text() + "\n---\n" + POLICY.format(issuer=ISSUER, uri=uri)
        world = World("issuer", text, identities=True, arguments=arguments)
        current.append([world])
        world.issuer = Issuer(world.namespace)
        current[-1].append(world.issuer)
        return world

    yield start
    close()


def status(world, engine: str, token: str | None) -> int:
    sidecar = world.enter(engine, "web.default")

    def work():
        client = Client(sidecar.address, 8080, "10.10.99.1")
        try:
            headers = {} if token is None else {"authorization": f"Bearer {token}"}
            return client.request(request_bytes(host="web", headers=headers)).status
        finally:
            client.close()

    return world.namespace.inside(work)


@pytest.fixture(scope="module", params=ENGINES)
def world(request, closing):
    world = closing("--jwks-allow-private", "--jwks-refresh-interval", "500ms")
    world.engine = request.param
    return world


def test_keys_are_fetched(world):
    eventually(lambda: status(world, world.engine, signed()) == 200)
    assert set(world.issuer.asked) == {"/jwks"}
    assert status(world, world.engine, signed(by="stranger", header={"kid": "rsa"})) == 401
    assert status(world, world.engine, None) == 200


def test_new_keys_reach_the_proxies(world):
    world.issuer.keys = jwks("rsa", "p256")
    eventually(lambda: status(world, world.engine, signed(by="p256")) == 200)
    assert status(world, world.engine, signed()) == 200


def test_keys_that_are_withdrawn_are_believed_no_longer(world):
    old = signed(by="rsa")
    world.issuer.keys = jwks("p256")
    eventually(lambda: status(world, world.engine, old) == 401)
    assert status(world, world.engine, signed(by="p256")) == 200


@pytest.mark.parametrize(
    "answer", [(500, b""), (200, b"words"), (200, b"{}"), (404, b"{}"), (200, b'{"keys":[{"kty":"RSA"}]}')]
)
def test_the_last_good_keys_stay(world, answer):
    world.issuer.keys = jwks("p256")
    eventually(lambda: status(world, world.engine, signed(by="p256")) == 200)
    world.issuer.status, world.issuer.keys = answer
    before = len(world.issuer.asked)
    try:
        eventually(lambda: len(world.issuer.asked) > before + 1)
        time.sleep(0.3)  # what is wrong would come to the proxy
        assert status(world, world.engine, signed(by="p256")) == 200
    finally:
        world.issuer.status, world.issuer.keys = 200, jwks("p256")


@pytest.mark.parametrize("engine", ENGINES)
def test_without_keys_every_token_is_refused(closing, engine):
    world = closing("--jwks-allow-private", uri="http://127.0.0.1:8101/nobody")
    for by in ("rsa", "p256", "stranger"):
        assert status(world, engine, signed(by=by)) == 401
        assert status(world, engine, signed(by=by, header={"kid": None})) == 401
    assert status(world, engine, None) == 200
    assert "its tokens are refused" in world.control_plane.child.text(1 << 20)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:8100/jwks", "http://localhost:8100/jwks", "http://[::1]:8100/jwks", "http://2130706433:8100/",
        "http://169.254.169.254/latest/meta-data", "http://[::ffff:127.0.0.1]:8100/", "http://0.0.0.0:8100/jwks",
    ],
)  # fmt: skip
def test_private_addresses_are_asked_only_where_that_is_allowed(closing, engine, uri):
    world = closing(uri=uri)
    assert status(world, engine, signed()) == 401
    assert world.issuer.asked == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_redirect_to_a_private_address_is_not_followed(closing, engine):
    # An address of the mesh that is not private, and leads to the loopback.
    world = closing(uri="http://198.51.100.7:8100/jwks")
    outside = world.namespace.inside(_redirecting, "198.51.100.7", "http://127.0.0.1:8100/jwks")
    try:
        eventually(lambda: outside.asked, seconds=20)
        time.sleep(0.3)
        assert world.issuer.asked == []
        assert status(world, engine, signed()) == 401
    finally:
        outside.shutdown()
        outside.server_close()


def _redirecting(address: str, target: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.send_response(302)
            self.send_header("location", target)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer((address, 8100), Handler)
    server.asked = []
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server
