"""The three steps of another root under new connections by mutual TLS: not one handshake fails (fault 11)."""
import threading
import time

import pytest
from conformance.table import FIXTURES
from harness.cluster import eventually
from harness.http_client import request_bytes
from harness.identities import client_context
from harness.sessions import ask
from harness.sidecar import ENGINES
from harness.world import World

pytestmark = [pytest.mark.needs_root, pytest.mark.sec(25)]

_CALLER, _WORKLOAD = "cluster.local/ns/default/sa/client", "cluster.local/ns/default/sa/web"


@pytest.fixture(scope="module")
def world():
    one = World("rotation", (FIXTURES / "mesh" / "secure.yaml").read_text(), identities=True)
    yield one
    one.close()


class Load:
    """Callers that shake hands anew for each request; `callers` are who they are at the time."""

    def __init__(self, world, callers: list):
        self.callers = callers
        self.answers, self.failed, self.running = 0, [], True
        # Threads that are begun inside are inside.
        self.threads = [threading.Thread(target=self._call, args=(number,)) for number in range(2)]
        world.namespace.inside(lambda: [thread.start() for thread in self.threads])

    def _call(self, number: int):
        turn = number
        while self.running:
            turn += 1
            callers = self.callers
            status, reused = ask(callers[turn % len(callers)], "10.10.3.1", 8080, "10.10.99.1", request_bytes(host="web"))
            self.answers += 1
            if (status, reused) != (200, False):
                self.failed.append((turn, status))

    def more(self, count: int, seconds: float = 20):
        """Waits for so many more answers."""
        wanted = self.answers + count
        eventually(lambda: self.answers >= wanted, seconds)

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("engine", ENGINES)
def test_three_steps_under_new_connections(world, engine):
    world.leave()
    sidecar = world.enter(engine, "web.default")
    folder = sidecar.certificates
    old, new = world.authority, world.stranger
    both = world.scratch.path / "both.pem"
    both.write_text(old.root + new.root)
    of_old, of_new = (client_context(one.folder(_CALLER), both, ["istio-http/1.1", "istio"]) for one in (old, new))

    def put(name: str, text: str):
        (folder / "part").write_text(text)
        (folder / "part").chmod(0o644)
        (folder / "part").replace(folder / name)

    load = Load(world, [of_old])
    try:
        load.more(30)
        # Both are trusted, the old one signs; then callers of either come.
        put("root-cert.pem", both.read_text())
        time.sleep(2)
        load.callers = [of_old, of_new]
        load.more(60)
        # The new one signs. The two files are no moment apart: a key of another certificate is not taken.
        for name in ("key.pem", "cert-chain.pem"):
            put(name, (new.folder(_WORKLOAD) / name).read_text())
        load.more(60)
        time.sleep(1)
        load.callers = [of_new]
        load.more(30)
        # The old one is trusted no longer.
        put("root-cert.pem", new.root)
        load.more(60)
    finally:
        load.stop()
    assert load.failed == [] and load.answers >= 240

    def call(tls):
        return world.namespace.inside(ask, tls, "10.10.3.1", 8080, "10.10.99.1", request_bytes(host="web"))[0]

    eventually(lambda: call(of_old) is None)
    assert call(of_new) == 200
    assert sidecar.child.alive()
