"""martletd over a temporary folder, one per test."""
import json
import time
import urllib.request

import pytest
from harness.control_plane import ControlPlane

from xds_client import meshes


class Mesh(ControlPlane):
    """A control plane with what the tests ask it."""

    def wait(self, condition, what: str, seconds: float = 5):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            time.sleep(0.02)
        return found

    def text(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitoring_port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def syncz(self, proxy: str = "client.default") -> dict:
        found = [one for one in json.loads(self.text("/debug/syncz")) if one["proxy"] == proxy]
        return found[0] if found else {}

    def metric(self, name: str) -> float:
        lines = [line for line in self.text("/metrics").splitlines() if line.startswith(name)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


@pytest.fixture
def mesh(tmp_path):
    """Two services, `one` and `two`, with an endpoint each."""
    plane = Mesh(tmp_path)
    plane.write("one.yaml", meshes.join(meshes.service("one"), meshes.endpoints("one", ["10.30.1.1"])))
    plane.write("two.yaml", meshes.join(meshes.service("two", number=2), meshes.endpoints("two", ["10.30.2.1"])))
    plane.start()
    yield plane
    plane.stop()
