"""How connections get to the sidecar: by REDIRECT, by TPROXY, or not at all."""
import pytest

from harness.cluster import eventually
from up.workloads import deployment, http_server

pytestmark = pytest.mark.needs_root

MODES = ["REDIRECT", "TPROXY", "NONE"]


@pytest.fixture(scope="module")
def space(mesh):
    """A caller, and a server for each mode; each server's log names whom it saw."""
    namespace = {
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "interception", "labels": {"istio-injection": "enabled"}},
    }  # fmt: skip
    mesh.kubectl.apply(namespace)
    kubectl = mesh.kubectl.within("interception")
    kubectl.apply(deployment("client"))
    for mode in MODES:
        server, service = http_server(mode.lower())
        server["spec"]["template"]["metadata"]["annotations"]["sidecar.istio.io/interceptionMode"] = mode
        kubectl.apply(server, service)
    for name in ["client", *map(str.lower, MODES)]:
        kubectl("rollout", "status", f"deployment/{name}", "--timeout=90s")
    yield kubectl
    mesh.kubectl("delete", "namespace", "interception", "--wait=false")


@pytest.mark.parametrize("mode", MODES)
def test_a_server_is_reached(mesh, space, mode):
    def answered():
        words = ["curl", "-sS", "-i", "--max-time", "5", f"http://{mode.lower()}:8000/hostname?from-the-mesh"]
        return " 200 OK" in space("exec", "deploy/client", "-c", "app", "--", *words).out

    # That a pod is ready reaches the proxies of its callers a moment after kubectl.
    eventually(answered, 15)
    log = eventually(lambda: space("logs", f"deploy/{mode.lower()}", "-c", "app").lines)
    callers = {line.split()[0] for line in log if "from-the-mesh" in line}
    pod = space("get", "pods", "-l", "app=client", "-o", "jsonpath={.items[0].status.podIP}").out
    keeps_callers = mode == "NONE" or (mode, mesh.engine) == ("TPROXY", "envoy")
    assert callers == ({pod} if keeps_callers else {"127.0.0.6"})
