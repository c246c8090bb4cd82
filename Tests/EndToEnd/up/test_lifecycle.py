"""Begin and end of `martlet up`: nothing is left, nothing is lost, and every refusal says what to do."""
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from harness.cluster import Cluster, Kubectl
from harness.http_client import Client, request_bytes
from harness.programs import Scratch, program
from up.mesh import MEASURED, Mesh, engine_arguments
from up.host_state import HostState, first_process

pytestmark = pytest.mark.needs_root


@pytest.fixture
def scratch():
    one = Scratch("life")
    yield one
    one.remove()


@pytest.fixture
def bare(scratch):
    """A cluster without samples."""
    cluster = Cluster(scratch.path, 60)
    yield cluster
    cluster.stop()


def martlet(*words, seconds: float = 30, env: dict | None = None):
    """Ends by itself; its exit code, standard output and standard error."""
    return subprocess.run(
        [str(program("martlet")), *map(str, words)], capture_output=True, text=True, timeout=seconds,
        env={**os.environ, **(env or {})},
    )  # fmt: skip


def refused(*words, env: dict | None = None) -> str:
    done = martlet(*words, env=env)
    assert done.returncode == 1 and done.stdout == "", done
    return done.stderr


def interrupt(cluster):
    cluster.child.process.send_signal(signal.SIGINT)
    assert cluster.child.process.wait(20) == 0, cluster.child.text()


def terminate(cluster):
    cluster.child.process.send_signal(signal.SIGTERM)
    assert cluster.child.process.wait(20) == 0, cluster.child.text()


def down(cluster):
    done = martlet("down", "--home", cluster.home)
    assert done.returncode == 0 and "has ended" in done.stderr, done
    assert cluster.child.process.wait(5) == 0, cluster.child.text()


def kill_outer(cluster):
    cluster.child.process.kill()
    cluster.child.process.wait(5)


def kill_inner(cluster):
    os.kill(first_process(cluster.child.pid), signal.SIGKILL)
    assert cluster.child.process.wait(10) == 1
    assert f"Its log: {cluster.home}/cluster.log" in cluster.child.text()


def test_every_end_leaves_nothing_and_the_next_start_works(bare):
    marks = []
    for end in [interrupt, terminate, down, kill_outer, kill_inner]:
        bare.kubectl("create", "configmap", end.__name__.replace("_", "-"), f"--from-literal=a={end.__name__}")
        marks.append(end.__name__.replace("_", "-"))
        state = HostState(bare)
        begun = time.monotonic()
        end(bare)
        state.assert_gone()
        MEASURED.append(f"{end.__name__}: nothing left after {time.monotonic() - begun:.1f} s")
        bare.start(60)
        kept = bare.kubectl("get", "configmap", "-o", "jsonpath={.items[*].metadata.name}").out.split()
        assert set(marks) <= set(kept)


@pytest.fixture(params=["swift", "envoy"])
def bookinfo(request):
    one = Mesh(request.param, ("bookinfo",), "life")
    yield one
    one.remove()


def test_the_second_start_keeps_all_objects(bookinfo):
    kinds = "deployments,services,configmaps,serviceaccounts,virtualservices,gateways,destinationrules,namespaces"

    def objects() -> dict:
        items = bookinfo.kubectl("get", kinds, "-A", "-o", "json").json["items"]
        known = [(one["kind"], one["metadata"]) for one in items]
        return {(kind, data.get("namespace"), data["name"]): data["uid"] for kind, data in known}

    bookinfo.kubectl("scale", "deployment/reviews-v1", "--replicas=2")
    bookinfo.kubectl("create", "configmap", "mine", "--from-literal=a=b")
    bookinfo.note(f"Bookinfo: first start {bookinfo.start_seconds:.1f} s")
    before, ports = objects(), (bookinfo.gateway_port, bookinfo.dashboard)
    bookinfo.stop()
    bookinfo.arguments = [*bookinfo.arguments, "--gateway-port", ports[0]]
    bookinfo.start(60)
    # Whether it is fast is for `Benchmarks/run pods` to say: here other tests' work would be in the number.
    bookinfo.note(f"Bookinfo: second start {bookinfo.start_seconds:.1f} s")
    assert objects() == before
    assert bookinfo.kubectl.value("deployment", "reviews-v1", ".spec.replicas") == "2"
    client = Client("127.0.0.1", bookinfo.gateway_port)
    assert client.request(request_bytes(path="/productpage", host="localhost")).status == 200
    client.close()


def test_a_second_up_on_the_same_home(bare):
    said = refused("up", "--home", bare.home, "--gateway-port", "0")
    assert f"a cluster already runs in {bare.home} (pid {first_process(bare.child.pid)})" in said
    assert "martlet env" in said and "martlet down" in said and "--home" in said
    bare.kubectl("get", "namespaces")


def test_a_busy_gateway_port_names_its_holder(scratch):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        said = refused("up", "--home", scratch.path / "home", "--gateway-port", port)
    assert re.search(rf"port {port} of the loopback is taken by \S+ \(pid {os.getpid()}\)", said), said
    assert "--gateway-port N" in said
    assert "no cluster runs" in martlet("down", "--home", scratch.path / "home").stderr


def test_what_is_missing_is_named_with_its_remedy(scratch):
    home = scratch.path / "home"
    # A lone program, without the others beside it.
    lone = scratch.folder("lone") / "martlet"
    shutil.copy2(program("martlet"), lone)
    done = subprocess.run([lone, "up", "--home", home], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "martletd is not beside" in done.stderr and "make build" in done.stderr, done
    said = refused("up", "--home", home, "--engine", "envoy", "--envoy-path", "/nowhere/envoy")
    assert "/nowhere/envoy cannot be run" in said and "--envoy-path FILE" in said
    said = refused("up", "--home", "/proc/nowhere")
    assert "/proc/nowhere" in said and "--home DIR" in said
    said = refused("up", "--home", home, "-f", scratch.path / "none.yaml", "--gateway-port", "0")
    assert "none.yaml: there is no such file or folder" in said
    assert "no cluster runs" in refused("env", "--home", home)


def test_a_missing_tool_is_named_with_its_package(scratch):
    """In a mount namespace of its own where `nft` is nothing that can be run."""
    nft = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin:/bin")
    command = f"mount --bind /dev/null {Path(nft).resolve()} && exec {program('martlet')} up --home {scratch.path}/home"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", command], capture_output=True, text=True, timeout=20, env={**os.environ}
    )
    assert done.returncode == 1, done
    assert "`nft` is not installed" in done.stderr and "apt-get install nftables" in done.stderr


def test_a_wrong_file_is_named_and_so_is_the_object(scratch):
    wrong = scratch.path / "wrong.yaml"
    wrong.write_text(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: broken}\n"
        "spec: {hosts: [a], http: [{route: [{destination: {host: a}, weight: -1}]}]}\n"
    )
    cluster_home = scratch.path / "home"
    process = subprocess.Popen(
        [program("martlet"), "up", "--home", cluster_home, "--gateway-port", "0", "-f", wrong],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        lines = []
        while line := process.stderr.readline():
            lines.append(line)
            if "broken" in line:
                break
        assert "VirtualService default/broken is refused" in "".join(lines), lines
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_detach_env_and_down(scratch):
    home = scratch.path / "home"
    done = martlet("up", "--home", home, "--gateway-port", "0", "--detach", seconds=60)
    try:
        assert done.returncode == 0, done
        assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["kubeconfig", "gateway", "dashboard"]
        shell = f'eval "$({program("martlet")} env --home {home})" && echo "$KUBECONFIG"'
        path = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=10).stdout.strip()
        assert path == f"{home}/kubeconfig"
        kubectl = Kubectl(Path(path), scratch.folder("kubectl"))
        assert "istiod" in kubectl.within("istio-system")("get", "pods").out
        # It is nobody's child: its starter has ended.
        assert "already runs" in refused("up", "--home", home)
    finally:
        ended = martlet("down", "--home", home)
    assert ended.returncode == 0 and "has ended" in ended.stderr
    assert kubectl.run("get", "namespaces").code != 0
    assert "no cluster runs" in martlet("down", "--home", home).stderr
