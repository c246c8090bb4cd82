"""SEC 25: a revocation list refuses the certificates it names, and ends the connections that they opened before."""

import pytest
from harness.http_client import BrokenResponse, request_bytes
from harness.revocations import revocation_list
from harness.sidecar import ENGINES
from harness.world import World

from conformance.table import FIXTURES

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(25)]

_CALLER = "cluster.local/ns/default/sa/client"
_OTHER = "cluster.local/ns/default/sa/other"
_REQUEST = request_bytes("GET", "/", "web", {}, None, False)


@pytest.fixture(scope="module")
def world():
    one = World("revocation", (FIXTURES / "mesh" / "secure.yaml").read_text(), identities=True)
    yield one
    one.close()


def _connect(world, principal):
    return world.client({"as": principal}, "10.10.3.1", 8080, "10.10.99.1")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_list_refuses_what_it_names_and_ends_what_is_up(world, engine):
    world.leave()
    sidecar = world.enter(engine, "web.default")
    certificates = sidecar.certificates

    def calls():
        held, other = _connect(world, _CALLER), _connect(world, _OTHER)
        assert held.request(_REQUEST).status == 200
        assert other.request(_REQUEST).status == 200
        new = certificates / "ca-crl.pem.new"
        new.write_bytes(revocation_list(world.authority, [world.authority.folder(_CALLER)]))
        new.replace(certificates / "ca-crl.pem")
        if engine == "swift":
            # Envoy refuses new connections only.
            assert held.wait_closed(10)
        sidecar.child.wait_until(lambda: _is_refused(world, _CALLER), 10, "refusal")
        assert not _is_refused(world, _OTHER)
        assert other.request(_REQUEST).status == 200

    world.namespace.inside(calls)
    world.leave()


def _is_refused(world, principal) -> bool:
    try:
        return _connect(world, principal).request(_REQUEST).status != 200
    except (BrokenResponse, OSError):
        return True
