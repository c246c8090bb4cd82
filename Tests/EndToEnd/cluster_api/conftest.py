"""One cluster for the whole folder, and a namespace for every test."""
import itertools
import os
from pathlib import Path

import pytest

from harness.cluster import Cluster, Kubectl, eventually
from harness.programs import Scratch

_numbers = itertools.count(1)


class _Running:
    """A cluster that somebody else brought up: MARTLET_CLUSTER is its kubeconfig."""

    def __init__(self, kubeconfig: str, folder: Path):
        self.kubectl = Kubectl(Path(kubeconfig), folder)

    def stop(self):
        pass


@pytest.fixture(scope="session")
def cluster():
    scratch = Scratch("cluster")
    running = os.environ.get("MARTLET_CLUSTER")
    one = _Running(running, scratch.path) if running else Cluster(scratch.path)
    yield one
    one.stop()
    scratch.remove()


@pytest.fixture
def kubectl(cluster):
    """kubectl in a namespace of the test's own."""
    name = f"t{next(_numbers)}-{os.getpid()}"
    cluster.kubectl("create", "namespace", name)
    inside = cluster.kubectl.within(name)
    # The control plane gives every namespace the roots of the mesh; tests list what is there.
    eventually(lambda: inside("get", "cm", "istio-ca-root-cert", "--ignore-not-found").out)
    yield inside
    cluster.kubectl("delete", "namespace", name, "--wait=false")
