"""A TLS session does not outlive the trust it was made with: other roots, a revocation list; by both engines."""

import pytest
from conformance.table import FIXTURES
from harness.cluster import eventually
from harness.http_client import request_bytes
from harness.identities import client_context
from harness.revocations import revocation_list
from harness.sessions import KeptSession, ask
from harness.sidecar import ENGINES
from harness.world import World

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(25)]

_CALLER, _OTHER = "cluster.local/ns/default/sa/client", "cluster.local/ns/default/sa/other"
_WORKLOAD = "cluster.local/ns/default/sa/web"
_ALPN = ["istio-http/1.1", "istio"]


@pytest.fixture
def world():
    one = World("sessions", (FIXTURES / "mesh" / "secure.yaml").read_text(), identities=True)
    yield one
    one.close()


def _tls(authority, principal=_CALLER):
    return client_context(authority.folder(principal), None, _ALPN)


def _ask(world, tls) -> tuple:
    return world.namespace.inside(ask, tls, "10.10.3.1", 8080, "10.10.99.1", request_bytes(host="web"))


def _replace(folder, name, text: bytes):
    (folder / "new").write_bytes(text)
    (folder / "new").chmod(0o644)
    (folder / "new").replace(folder / name)


def _kept(world, principal=_CALLER) -> KeptSession:
    """A session that is resumed as long as nothing changes."""
    kept = KeptSession(_tls(world.authority, principal))
    assert _ask(world, kept) == (200, False)
    assert _ask(world, kept) == (200, True)
    return kept


@pytest.mark.parametrize("engine", ENGINES)
def test_no_session_outlives_its_root(world, engine):
    sidecar = world.enter(engine, "web.default")
    kept = _kept(world)
    new = world.stranger.folder(_WORKLOAD)
    for name in ("root-cert.pem", "key.pem", "cert-chain.pem"):
        _replace(sidecar.certificates, name, (new / name).read_bytes())
    eventually(lambda: _ask(world, _tls(world.stranger)) == (200, False))
    assert _ask(world, _tls(world.authority)) == (None, False)
    assert _ask(world, kept) == (None, False)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_session_outlives_a_revocation(world, engine):
    sidecar = world.enter(engine, "web.default")
    kept, other = _kept(world), _kept(world, _OTHER)
    revoked = revocation_list(world.authority, [world.authority.folder(_CALLER)])
    _replace(sidecar.certificates, "ca-crl.pem", revoked)
    eventually(lambda: _ask(world, _tls(world.authority)) == (None, False))
    assert _ask(world, kept) == (None, False)
    assert _ask(world, other)[0] == 200


@pytest.mark.parametrize("engine", ENGINES)
def test_a_session_of_one_workload_is_none_of_another(world, engine):
    """The same root, but another certificate: what one server has verified is no word to the next."""
    world.enter(engine, "web.default")
    kept = _kept(world)
    world.leave()
    world.enter(engine, "web.default")
    assert _ask(world, kept) == (200, False)
