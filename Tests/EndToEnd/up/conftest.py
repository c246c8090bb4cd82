"""One cluster for each engine, with all samples in it; logs are kept in MARTLET_KEEP when a test fails."""
import os
import subprocess

import pytest

from harness.sidecar import ENGINES
from up.mesh import MEASURED, Mesh
from up.outside import Outside
from up.rules import Prober


@pytest.fixture(scope="session", params=ENGINES)
def mesh(request):
    one = Mesh(request.param)
    one.note(f"first start, three samples: {one.start_seconds:.1f} s")
    yield one
    if request.session.testsfailed and "MARTLET_KEEP" in os.environ:
        kept = subprocess.run(["cp", "-r", one.folder, os.environ["MARTLET_KEEP"]], capture_output=True, text=True)
        print(f"logs of the cluster: {os.environ['MARTLET_KEEP']} {kept.stderr}")
    one.remove()


@pytest.fixture
def kubectl(mesh):
    return mesh.kubectl


@pytest.fixture(scope="module")
def probe(mesh):
    """A pod in the default namespace, with a sidecar, that asks what it is told to."""
    prober = Prober(mesh.kubectl).create()
    yield prober
    prober.delete()


@pytest.fixture(scope="session")
def outside(mesh):
    """Hosts outside of the mesh that the control plane and the egress gateway know; it has no sidecar."""
    host = Outside(mesh).create()
    host.introduce()
    return host


def pytest_terminal_summary(terminalreporter):
    if MEASURED:
        terminalreporter.section("measured on `martlet up`")
        for line in MEASURED:
            terminalreporter.write_line(line)
