"""A pod's traffic is led through its proxy by the rules of `istio-iptables`, with both engines."""
import json
import select
import socket
import struct
import threading
import time
from collections import Counter

import pytest

from harness.http_client import Client
from harness.pod_network import APP_UID, PodNetwork, run
from harness.programs import PROXY_UID, program
from harness.sidecar import ENGINES

pytestmark = pytest.mark.needs_root


def objects(addresses: dict) -> str:
    out = ["apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}"]
    for number, (name, address) in enumerate(addresses.items(), 10):
        out.append(
            f"""apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}
spec:
  containers: [{{name: app, image: app, ports: [{{containerPort: 8080}}]}}]
status: {{phase: Running, podIP: {address}}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec:
  clusterIP: 10.96.0.{number}
  selector: {{app: {name}}}
  ports: [{{name: http, port: 80, targetPort: 8080, protocol: TCP}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-1, namespace: shop, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: [{{name: http, port: 8080, protocol: TCP}}]
endpoints:
  - addresses: [{address}]
    conditions: {{ready: true}}
    targetRef: {{kind: Pod, name: {name}, namespace: shop}}"""
        )
    return "\n---\n".join(out) + "\n"


@pytest.fixture(scope="module", params=ENGINES)
def mesh(request):
    network = PodNetwork(f"cap-{request.param}", {"a": [8080], "b": [8080, 7777]}, objects)
    try:
        probers = {
            "/app-health/app/readyz": {"httpGet": {"path": "/", "port": 8080}, "timeoutSeconds": 1},
            "/app-health/app/livez": {"httpGet": {"path": "/broken", "port": 8080}},
            "/app-health/app/startupz": {"tcpSocket": {"port": 8080}},
        }
        environment = {
            "ISTIO_KUBE_APP_PROBERS": json.dumps(probers),
            "ISTIO_PROMETHEUS_ANNOTATIONS": json.dumps({"scrape": "true", "path": "/metrics", "port": "8080"}),
        }
        network.start(request.param, environment)
        yield network
    finally:
        network.close()


def test_a_call_by_service_address_passes_both_proxies(mesh):
    a, b = mesh.pods["a"], mesh.pods["b"]
    status, body = a.curl("http://10.96.0.11/hello", "-H", "host: b")
    assert (status, json.loads(body)["pod"]) == (200, "b")
    # The proxy binds to 127.0.0.6 on its way to the application.
    assert json.loads(body)["peer"] == "127.0.0.6"
    assert a.clusters("/hello", 1) == ["outbound|80||b.shop.svc.cluster.local"]
    assert b.clusters("/hello", 1) == ["inbound|8080||"]


def test_a_port_of_no_service_is_passed_through_from_127_0_0_6(mesh):
    a, b = mesh.pods["a"], mesh.pods["b"]
    status, body = a.curl(f"http://{b.address}:7777/strange")
    assert (status, json.loads(body)["peer"]) == (200, "127.0.0.6")
    assert b.clusters("/strange", 1) == ["InboundPassthroughCluster"]


def test_an_application_calls_itself_through_its_own_service(mesh):
    a = mesh.pods["a"]
    status, body = a.curl("http://10.96.0.10/self", "-H", "host: a")
    assert (status, json.loads(body)["pod"]) == (200, "a")
    assert set(a.clusters("/self", 2)) == {"outbound|80||a.shop.svc.cluster.local", "inbound|8080||"}


def test_an_application_calls_itself_by_address_past_its_proxy(mesh):
    a = mesh.pods["a"]
    status, body = a.curl(f"http://{a.address}:8080/alone")
    assert (status, json.loads(body)["peer"]) == (200, a.address)
    assert a.clusters("/alone", 1, 0.3) == []


def test_the_agent_answers_for_proxy_and_application(mesh):
    b, hub = mesh.pods["b"], mesh.hub

    def get(port: int, path: str) -> tuple:
        text = hub.run("curl", "-sS", "-m", "5", "-w", "\n%{http_code}", f"http://{b.address}:{port}{path}")
        body, _, status = text.rpartition("\n")
        return int(status), body

    assert get(15020, "/healthz/ready")[0] == 200
    assert get(15021, "/healthz/ready")[0] == 200
    assert get(15020, "/app-health/app/readyz")[0] == 200
    assert get(15020, "/app-health/app/livez")[0] == 503
    assert get(15020, "/app-health/app/startupz")[0] == 200
    assert get(15020, "/app-health/other/livez")[0] == 404
    status, page = get(15020, "/stats/prometheus")
    assert status == 200 and "app_requests_total 7" in page and "envoy_cluster_upstream_rq" in page
    assert "envoy_cluster_upstream_rq" in get(15090, "/stats/prometheus")[1]
    assert "outbound|80||b.shop" in b.agent("request", "GET", "clusters")


def test_a_proxy_that_is_told_to_quit_serves_what_comes_and_ends(mesh):
    """The last test of the module: the proxy of `b` is gone afterwards."""
    a, b = mesh.pods["a"], mesh.pods["b"]
    b.agent("request", "--debug-port=15020", "POST", "/quitquitquit")
    status = mesh.hub.run(
        "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", f"http://{b.address}:15020/healthz/ready"
    )
    assert status == "503"
    # Whoever has not heard of it yet is still served, and the application may still call.
    assert a.curl("http://10.96.0.11/", "-H", "host: b")[0] == 200
    assert b.curl("http://10.96.0.10/", "-H", "host: a")[0] == 200
    assert b.proxy.process.wait(10) == 0


def web(b: str, c: str, served: list) -> str:
    """The service `web`, whose endpoints are `served` of two pods."""
    text = objects({"a": "10.9.1.2", "b": b, "c": c})
    endpoints = "".join(f"\n  - addresses: [{address}]\n    conditions: {{ready: true}}" for address in served)
    return text + f"""---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec:
  clusterIP: 10.96.0.99
  ports: [{{name: http, port: 80, targetPort: 8080, protocol: TCP}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-1, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}
addressType: IPv4
ports: [{{name: http, port: 8080, protocol: TCP}}]
endpoints:{endpoints}
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pod_that_goes_loses_no_request(engine):
    network = PodNetwork(f"go-{engine}", {"a": [8080], "b": [8080], "c": [8080]}, objects)
    try:
        a, b, c = network.pods.values()
        both = web(b.address, c.address, [b.address, c.address])
        network.control_plane.write("mesh.yaml", both)
        network.start(engine)
        stop, answers, failures = threading.Event(), Counter(), []

        def load(path: bytes):
            client = Client("10.96.0.99", 80)
            request = b"GET %b HTTP/1.1\r\nhost: web\r\n\r\n" % path
            while not stop.is_set():
                try:
                    response = client.request(request)
                    if response.status != 200:
                        failures.append((response.status, response.body[:200]))
                    else:
                        answers[json.loads(response.body)["pod"]] += 1
                    if response.value("connection") == "close":
                        client.close()
                        client = Client("10.96.0.99", 80)
                except Exception as error:
                    failures.append(error)
                    client = Client("10.96.0.99", 80)

        # The route may come after the first readiness.
        deadline = time.monotonic() + 10
        while a.curl("http://10.96.0.99/", "-H", "host: web")[0] != 200:
            assert time.monotonic() < deadline
        paths = [b"/", b"/", b"/slow"]
        workers = [threading.Thread(target=a.namespace.inside, args=(lambda p=p: load(p), APP_UID)) for p in paths]
        for worker in workers:
            worker.start()
        time.sleep(0.7)
        network.control_plane.write("mesh.yaml", web(b.address, c.address, [c.address]))
        b.proxy.process.terminate()
        assert b.proxy.process.wait(10) == 0
        time.sleep(0.5)
        stop.set()
        for worker in workers:
            worker.join(15)
        assert failures == []
        assert min(answers["b"], answers["c"]) > 50, answers
    finally:
        network.close()


# The rules alone: who lands where.


class Catch:
    """Listens where the proxy would, and tells for which port a connection was meant."""

    def __init__(self, pod, port: int):
        self.port = port
        self.socket = pod.namespace.inside(self._listen)

    def _listen(self):
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("0.0.0.0", self.port))
        found.listen(8)
        found.settimeout(2)
        return found

    def meant(self) -> tuple:
        connection, _ = self.socket.accept()
        with connection:
            raw = connection.getsockopt(socket.SOL_IP, 80, 16)
        _, port, address = struct.unpack("!HH4s", raw[:8])
        return socket.inet_ntoa(address), port


@pytest.fixture(scope="module")
def bare():
    network = PodNetwork("rules", {"c": [8080], "d": [8080]})
    try:
        pod = network.pods["c"]
        pod.catches = {port: Catch(pod, port) for port in (15001, 15006, 9000, 9001)}
        yield pod
    finally:
        network.close()


def lands(pod, address: str, port: int, uid: int = APP_UID, source: str | None = None):
    """The port a connection lands on: (port, meant address, meant port); nothing when it is not caught."""

    def connect():
        made = socket.socket()
        made.setblocking(False)
        if source:
            made.bind((source, 0))
        try:
            made.connect((address, port))
        except BlockingIOError:
            pass
        except OSError:
            made.close()
            return None
        return made

    made = pod.namespace.inside(connect, uid)
    if made is None:
        return None
    sockets = {catch.socket: catch for catch in pod.catches.values()}
    ready, _, _ = select.select(list(sockets), [], [], 0.4)
    try:
        return (sockets[ready[0]].port, *sockets[ready[0]].meant()) if ready else None
    finally:
        made.close()


def test_outbound_lands_on_15001_unless_it_is_the_proxys(bare):
    bare.capture("-o", "9999", "-q", "")
    assert lands(bare, "203.0.113.7", 443) == (15001, "203.0.113.7", 443)
    assert lands(bare, "203.0.113.7", 443, uid=0) == (15001, "203.0.113.7", 443)
    assert lands(bare, "203.0.113.7", 443, uid=PROXY_UID) is None
    assert lands(bare, "203.0.113.7", 9999) is None


def test_the_loopback_is_left_alone_but_for_the_proxys_call_to_its_own_pod(bare):
    bare.capture()
    assert lands(bare, "127.0.0.1", 9000)[0] == 9000
    assert lands(bare, bare.address, 9000)[0] == 9000
    assert lands(bare, bare.address, 9000, uid=PROXY_UID) == (15006, bare.address, 9000)
    assert lands(bare, "127.0.0.1", 9000, uid=PROXY_UID)[0] == 9000
    assert lands(bare, bare.address, 9000, uid=PROXY_UID, source="127.0.0.6")[0] == 9000
    # The tunnel's port is nobody's detour.
    assert lands(bare, bare.address, 15008, uid=PROXY_UID) is None


def test_ranges_and_ports_are_excluded_and_included(bare):
    bare.capture("-i", "203.0.113.0/24", "-x", "203.0.113.128/25", "-q", "3306")
    assert lands(bare, "203.0.113.7", 80) == (15001, "203.0.113.7", 80)
    assert lands(bare, "203.0.113.200", 80) is None
    assert lands(bare, "198.51.100.1", 80) is None
    assert lands(bare, "198.51.100.1", 3306) == (15001, "198.51.100.1", 3306)


def test_inbound_lands_on_15006_but_for_excluded_ports(bare):
    peer = bare.network.pods["d"]
    peer.catches = bare.catches
    bare.capture("-d", "9001,15020")
    assert lands(peer, bare.address, 9000) == (15006, bare.address, 9000)
    assert lands(peer, bare.address, 9001)[0] == 9001
    bare.capture("-b", "9001")
    assert lands(peer, bare.address, 9000)[0] == 9000
    assert lands(peer, bare.address, 9001) == (15006, bare.address, 9001)


def test_again_changes_nothing_and_cleanup_leaves_nothing(bare):
    def saved() -> list:
        return [line for line in bare.namespace.run("iptables-save").splitlines() if not line.startswith(("#", ":"))]

    bare.capture("-c", "tun9", "-k", "tun8")
    first = saved()
    bare.capture("-c", "tun9", "-k", "tun8")
    assert saved() == first
    bare.capture("--cleanup-only", "-c", "tun9", "-k", "tun8")
    assert [line for line in saved() if line.startswith("-A")] == []


def test_the_validation_tells_whether_capture_works(bare):
    peer = bare.network.pods["d"]
    arguments = ["istio-iptables", "-b", "*", "-i", "*", "--run-validation", "--skip-rule-apply", "--probe-timeout", "1s"]
    with pytest.raises(RuntimeError, match="traffic is not captured"):
        peer.agent(*arguments)
    peer.capture()
    peer.agent(*arguments)
    peer.capture("--run-validation")


def test_without_the_capability_the_error_says_so(bare):
    proxy = bare.network.scratch.reachable(program("martlet-proxy"))
    user = ["setpriv", "--reuid", "1000", "--clear-groups"]
    with pytest.raises(RuntimeError, match="NET_ADMIN"):
        run(*bare.namespace.command(*user, proxy, "istio-iptables", "-b", "*"))


def test_captured_dns_passes_the_agent_to_the_pods_server():
    network = PodNetwork("dns", {"e": [8080]})
    try:
        pod = network.pods["e"]
        resolv = network.scratch.path / "resolv.conf"
        resolv.write_text(f"search shop.svc.cluster.local\nnameserver {pod.gateway}\n")
        mounted = ["unshare", "-m", "sh", "-c", f'mount --bind {resolv} /etc/resolv.conf && exec "$@"', "sh"]
        pod.namespace.run(*mounted, program("martlet-proxy"), "istio-iptables", "-i", "*", "-b", "*", "--redirect-dns")
        asked = []

        def server(kind):
            made = socket.socket(socket.AF_INET, kind)
            made.bind((pod.gateway, 53))
            return made

        udp = network.hub.inside(lambda: server(socket.SOCK_DGRAM))
        tcp = network.hub.inside(lambda: server(socket.SOCK_STREAM))
        tcp.listen(4)

        def answer_datagrams():
            while True:
                data, client = udp.recvfrom(4096)
                asked.append(data[:2])
                udp.sendto(data + b"!", client)

        def answer_streams():
            while True:
                connection, _ = tcp.accept()
                connection.sendall(connection.recv(4096) + b"!")

        for work in (answer_datagrams, answer_streams):
            threading.Thread(target=work, daemon=True).start()
        pod.start_proxy("swift", {"ISTIO_META_DNS_CAPTURE": "true"}, mounted)
        pod.proxy.wait_until(lambda: "DNS of the pod passes the agent" in pod.proxy.text(), 10, "DNS")
        query = b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x01a\x00\x00\x01\x00\x01"

        def ask(kind):
            with socket.socket(socket.AF_INET, kind) as made:
                made.settimeout(5)
                made.connect((pod.gateway, 53))
                made.sendall(query)
                return made.recv(4096), made.getpeername()[0]

        assert pod.namespace.inside(lambda: ask(socket.SOCK_DGRAM), APP_UID) == (query + b"!", pod.gateway)
        assert pod.namespace.inside(lambda: ask(socket.SOCK_STREAM), APP_UID) == (query + b"!", pod.gateway)
        # By the agent, that is, under another number; the proxy itself asks the server straight.
        assert asked and asked != [query[:2]]
        pod.namespace.inside(lambda: ask(socket.SOCK_DGRAM), PROXY_UID)
        assert asked[-1] == query[:2]
    finally:
        network.close()
