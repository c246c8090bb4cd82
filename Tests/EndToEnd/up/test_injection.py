"""Who gets a sidecar and who does not, seen with kubectl; and both talking to each other."""
import subprocess

import pytest
import yaml

from harness.cluster import eventually
from harness.programs import program
from up.workloads import deployment, http_server

pytestmark = pytest.mark.needs_root


@pytest.fixture(scope="module")
def spaces(mesh):
    """Namespaces labelled in every way that decides about injection."""
    labels = {
        "in-enabled": {"istio-injection": "enabled"},
        "in-revision": {"istio.io/rev": "default"},
        "in-disabled": {"istio-injection": "disabled"},
        "in-plain": {},
    }
    mesh.kubectl.apply(*[
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": one}}
        for name, one in labels.items()
    ])  # fmt: skip
    yield list(labels)
    mesh.kubectl("delete", "namespace", *labels, "--wait=false")


def ready(kubectl, *names):
    for name in names:
        kubectl("rollout", "status", f"deployment/{name}", "--timeout=90s")


def containers(kubectl, app: str) -> str:
    return kubectl("get", "pod", "-l", f"app={app}", "-o", "jsonpath={.items[0].spec.containers[*].name}").out


def column(kubectl, app: str) -> str:
    lines = kubectl("get", "pods", "-l", f"app={app}", "--no-headers").lines
    assert len(lines) == 1, lines
    return lines[0].split()[1]


def test_namespaces_pods_and_labels_decide(mesh, spaces):
    inject = "sidecar.istio.io/inject"
    cases = {
        ("in-enabled", "plain"): ({}, {}, True),
        ("in-enabled", "label-off"): ({inject: "false"}, {}, False),
        ("in-enabled", "annotation-off"): ({}, {inject: "false"}, False),
        ("in-revision", "plain"): ({}, {}, True),
        ("in-disabled", "plain"): ({}, {}, False),
        ("in-disabled", "label-on"): ({inject: "true"}, {}, False),
        ("in-plain", "plain"): ({}, {}, False),
        ("in-plain", "label-on"): ({inject: "true"}, {}, True),
        ("in-plain", "revision"): ({"istio.io/rev": "default"}, {}, True),
    }
    for (namespace, name), (labels, annotations, _) in cases.items():
        mesh.kubectl.within(namespace).apply(deployment(name, labels, annotations))
    for (namespace, name), (_, _, is_injected) in cases.items():
        kubectl = mesh.kubectl.within(namespace)
        ready(kubectl, name)
        assert (column(kubectl, name), containers(kubectl, name)) == (
            ("2/2", "app istio-proxy") if is_injected else ("1/1", "app")
        ), f"{namespace}/{name}"


def test_a_labelled_namespace_injects_at_the_next_restart_and_back(mesh, spaces):
    kubectl = mesh.kubectl.within("in-plain")
    kubectl.apply(deployment("later"))
    ready(kubectl, "later")
    assert column(kubectl, "later") == "1/1"
    for label, want in [("istio-injection=enabled", "app istio-proxy"), ("istio-injection-", "app")]:
        kubectl("label", "namespace", "in-plain", label, "--overwrite")
        if label.endswith("=enabled"):
            assert label in kubectl("get", "namespace", "in-plain", "--show-labels").out
        kubectl("rollout", "restart", "deployment")
        ready(kubectl, "later")
        eventually(lambda: len(kubectl("get", "pods", "-l", "app=later", "-o", "name").lines) == 1, 20)
        assert containers(kubectl, "later") == want


@pytest.fixture(scope="module")
def talkers(mesh, spaces):
    """A client and a server in the mesh, and a client and a server beside it."""
    for namespace in ["in-enabled", "in-plain"]:
        kubectl = mesh.kubectl.within(namespace)
        kubectl.apply(deployment("client"), *http_server("server"))
    for namespace in ["in-enabled", "in-plain"]:
        ready(mesh.kubectl.within(namespace), "client", "server")
    # That a pod is ready reaches the proxies of its callers a moment after kubectl.
    client = mesh.kubectl.within("in-enabled")
    for namespace in ["in-enabled", "in-plain"]:
        eventually(lambda: " 200 OK" in curl(client, f"http://server.{namespace}:8000/hostname"))


def curl(kubectl, url: str, *words, workload: str = "deploy/client") -> list:
    """Status, and the response's headers and body."""
    output = kubectl("exec", workload, "-c", "app", "--", "curl", "-sS", "-i", "--max-time", "5", *words, url)
    return output.out


def test_pods_with_and_without_sidecar_reach_each_other(mesh, spaces, talkers):
    for source in ["in-enabled", "in-plain"]:
        for target in ["in-enabled", "in-plain"]:
            answer = curl(mesh.kubectl.within(source), f"http://server.{target}:8000/hostname")
            # Python's own server speaks HTTP/1.0; a sidecar makes 1.1 of it.
            assert " 200 OK" in answer.splitlines()[0], f"{source} -> {target}: {answer}"
            assert ("x-envoy" in answer) == ("in-enabled" in (source, target)), answer
    by_sidecar = curl(mesh.kubectl.within("in-plain"), "http://reviews.default.svc.cluster.local:9080/reviews/0")
    assert by_sidecar.startswith("HTTP/1.1 200") and "istio-envoy" in by_sidecar


def test_a_request_goes_through_both_sidecars_and_is_logged_by_both(mesh, talkers):
    kubectl = mesh.kubectl.within("in-enabled")
    answer = curl(kubectl, "http://reviews.default:9080/reviews/0", "-H", "x-request-id: both-sidecars")
    assert answer.startswith("HTTP/1.1 200"), answer

    def logged(kubectl, selector: str) -> str:
        lines = kubectl("logs", "-l", selector, "-c", "istio-proxy", "--tail=-1").lines
        return next((line for line in lines if "both-sidecars" in line and "/reviews/0" in line), "")

    outbound = eventually(lambda: logged(kubectl, "app=client"), 15)
    assert '"GET /reviews/0 HTTP/1.1" 200' in outbound and "outbound|9080||reviews.default" in outbound
    inbound = eventually(lambda: logged(mesh.kubectl, "app=reviews"), 15)
    assert '"GET /reviews/0 HTTP/1.1" 200' in inbound and "inbound|9080||" in inbound


def test_a_job_with_a_sidecar_completes(mesh, spaces):
    kubectl = mesh.kubectl.within("in-enabled")
    job = {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"},
        "spec": {"template": {"metadata": {"labels": {"app": "once"}}, "spec": {
            "restartPolicy": "Never",
            "containers": [{
                "name": "app", "image": "curlimages/curl",
                "command": ["curl", "-sS", "--retry", "20", "--retry-delay", "0", "--retry-all-errors",
                            "http://details.default:9080/details/0"],
            }],
        }}},
    }  # fmt: skip
    kubectl.apply(job)
    eventually(lambda: containers(kubectl, "once") == "app istio-proxy", 20)
    kubectl("wait", "--for=condition=complete", "job/once", "--timeout=40s", seconds=50)
    assert "isbn" in kubectl("logs", "job/once", "-c", "app").out.lower()
    (line,) = kubectl("get", "pods", "-l", "app=once", "--no-headers").lines
    assert "Completed" in line


def test_logs_of_the_proxy_and_the_application(mesh, talkers):
    kubectl = mesh.kubectl.within("in-enabled")
    curl(kubectl, "http://server:8000/hostname?mark")
    eventually(lambda: "/hostname?mark" in kubectl("logs", "deploy/server", "-c", "istio-proxy").out, 15)
    eventually(lambda: "/hostname?mark" in kubectl("logs", "deploy/server", "-c", "app").out)
    assert len(kubectl("logs", "deploy/server", "-c", "istio-proxy", "--tail=2").lines) == 2


def test_files_are_copied_in_and_out(mesh, talkers, tmp_path):
    kubectl = mesh.kubectl.within("in-enabled")
    pod = kubectl("get", "pods", "-l", "app=client", "-o", "jsonpath={.items[0].metadata.name}").out
    sent, back = tmp_path / "sent", tmp_path / "back"
    sent.write_bytes(bytes(range(256)) * 400)
    kubectl("cp", sent, f"{pod}:/tmp/copied", "-c", "app")
    kubectl("cp", f"{pod}:/tmp/copied", back, "-c", "app")
    assert back.read_bytes() == sent.read_bytes()


def test_port_forward(mesh, talkers):
    kubectl = mesh.kubectl.within("in-enabled")
    forward = subprocess.Popen(
        kubectl.command(["port-forward", "service/server", ":8000"]),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=kubectl.environment,
    )  # fmt: skip
    try:
        line = forward.stdout.readline()
        assert "Forwarding from 127.0.0.1:" in line, line
        port = line.split("127.0.0.1:")[1].split()[0]
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--max-time", "5", f"http://127.0.0.1:{port}/hostname"],
            capture_output=True, text=True, timeout=10,
        )  # fmt: skip
        assert done.stdout.startswith("server-"), done
    finally:
        forward.terminate()
        forward.wait(5)


def inject(mesh, text: str) -> str:
    done = subprocess.run(
        [program("martlet"), "kube-inject", "-f", "-"], input=text, capture_output=True, text=True, timeout=30,
        env=mesh.kubectl.environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_kube_inject_in_a_namespace_without_label(mesh, spaces, tmp_path):
    kubectl = mesh.kubectl.within("in-plain")
    file = tmp_path / "by-hand.yaml"
    file.write_text(yaml.safe_dump_all([deployment("by-hand"), http_server("by-hand-server")[1]]))
    done = subprocess.run(
        [program("martlet"), "kube-inject", "-f", file], capture_output=True, text=True, timeout=30,
        env=kubectl.environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kubectl("apply", "-f", "-", stdin=done.stdout)
    ready(kubectl, "by-hand")
    assert (column(kubectl, "by-hand"), containers(kubectl, "by-hand")) == ("2/2", "app istio-proxy")
    # Injected twice is injected once.
    assert inject(mesh, done.stdout).count("name: istio-proxy\n") == done.stdout.count("name: istio-proxy\n")


def test_kube_inject_of_what_the_server_gives(mesh, spaces):
    kubectl = mesh.kubectl.within("in-plain")
    kubectl.apply(deployment("fetched"))
    ready(kubectl, "fetched")
    fetched = kubectl("get", "deployment", "fetched", "-o", "yaml").out
    kubectl("apply", "-f", "-", stdin=inject(mesh, fetched))
    ready(kubectl, "fetched")
    eventually(lambda: len(kubectl("get", "pods", "-l", "app=fetched", "-o", "name").lines) == 1, 20)
    assert (column(kubectl, "fetched"), containers(kubectl, "fetched")) == ("2/2", "app istio-proxy")
    answer = curl(kubectl, "http://reviews.default:9080/reviews/0", workload="deploy/fetched")
    assert answer.startswith("HTTP/1.1 200"), answer


def test_a_list_of_what_the_server_gives(mesh, spaces):
    kubectl = mesh.kubectl.within("in-plain")
    kubectl.apply(deployment("of-a-list"))
    # What is read before that has a resourceVersion that does not last.
    ready(kubectl, "of-a-list")
    listed = kubectl("get", "deployment", "--field-selector", "metadata.name=of-a-list", "-o", "yaml").out
    assert "kind: List" in listed
    kubectl("apply", "-f", "-", stdin=inject(mesh, listed))
    ready(kubectl, "of-a-list")
    eventually(lambda: column(kubectl, "of-a-list") == "2/2", 20)
