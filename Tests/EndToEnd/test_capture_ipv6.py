"""Pods that have no IPv4 address: capture, listeners and the way to the application, with both engines."""
import json

import pytest

from harness.pod_network import PodNetwork
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
status: {{phase: Running, podIP: "{address}", podIPs: [{{ip: "{address}"}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec:
  clusterIP: "fd00:96::{number}"
  ipFamilies: [IPv6]
  selector: {{app: {name}}}
  ports: [{{name: http, port: 80, targetPort: 8080}}, {{name: tcp-raw, port: 81, targetPort: 8080}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-1, namespace: shop, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv6
ports: [{{name: http, port: 8080, protocol: TCP}}, {{name: tcp-raw, port: 8080, protocol: TCP}}]
endpoints:
  - addresses: ["{address}"]
    conditions: {{ready: true}}
    targetRef: {{kind: Pod, name: {name}, namespace: shop}}"""
        )
    return "\n---\n".join(out) + "\n"


@pytest.fixture(scope="module", params=ENGINES)
def mesh(request):
    network = PodNetwork(f"six-{request.param}", {"a": [8080], "b": [8080, 7777]}, objects, is_ipv6=True)
    try:
        probers = {"/app-health/app/readyz": {"httpGet": {"path": "/probed", "port": 8080}, "timeoutSeconds": 1}}
        network.start(request.param, {"ISTIO_KUBE_APP_PROBERS": json.dumps(probers)})
        yield network
    finally:
        network.close()


def test_a_call_by_service_address_passes_both_proxies(mesh):
    a, b = mesh.pods["a"], mesh.pods["b"]
    status, body = a.curl("http://[fd00:96::11]/hello", "-H", "host: b")
    assert (status, json.loads(body)["pod"]) == (200, "b")
    # The proxy binds to ::6 on its way to the application.
    assert json.loads(body)["peer"] == "::6"
    assert a.clusters("/hello", 1) == ["outbound|80||b.shop.svc.cluster.local"]
    assert b.clusters("/hello", 1) == ["inbound|8080||"]


def test_a_connection_to_the_address_of_a_tcp_service_finds_its_listener(mesh):
    a, b = mesh.pods["a"], mesh.pods["b"]
    status, body = a.curl("http://[fd00:96::11]:81/raw")
    assert (status, json.loads(body)["pod"]) == (200, "b")
    stats = a.agent("request", "GET", "stats?filter=outbound.81..b.shop.*upstream_cx_total")
    assert "outbound|81||b.shop.svc.cluster.local" in stats and "upstream_cx_total: 0" not in stats
    assert b.clusters("/raw", 1) == ["inbound|8080||"]


def test_a_port_of_no_service_is_passed_through_from_the_marked_address(mesh):
    a, b = mesh.pods["a"], mesh.pods["b"]
    status, body = a.curl(f"http://[{b.address}]:7777/strange")
    assert (status, json.loads(body)["peer"]) == (200, "::6")
    assert b.clusters("/strange", 1) == ["InboundPassthroughCluster"]


def test_an_application_calls_itself_through_its_own_service(mesh):
    a = mesh.pods["a"]
    status, body = a.curl("http://[fd00:96::10]/self", "-H", "host: a")
    assert (status, json.loads(body)["pod"]) == (200, "a")
    assert set(a.clusters("/self", 2)) == {"outbound|80||a.shop.svc.cluster.local", "inbound|8080||"}


def test_the_agent_answers_for_the_proxy(mesh):
    b = mesh.pods["b"]
    for port, path in ((15020, "/healthz/ready"), (15021, "/healthz/ready"), (15090, "/stats/prometheus")):
        text = mesh.hub.run("curl", "-sS", "-m", "5", "-w", "\n%{http_code}", f"http://[{b.address}]:{port}{path}")
        assert text.endswith("\n200"), (port, path, text)


def test_the_agent_probes_the_application_past_the_proxy(mesh):
    b = mesh.pods["b"]
    url = f"http://[{b.address}]:15020/app-health/app/readyz"
    assert mesh.hub.run("curl", "-sS", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", url) == "200"
    assert b.clusters("/probed", 1, 0.3) == []


def test_cleanup_takes_the_source_address_away():
    network = PodNetwork("six-bare", {"c": [8080]}, is_ipv6=True)
    try:
        pod = network.pods["c"]
        pod.capture()
        assert "::6/128" in pod.namespace.run("ip", "-6", "addr", "show", "dev", "lo")
        pod.capture("--cleanup-only")
        assert "::6/128" not in pod.namespace.run("ip", "-6", "addr", "show", "dev", "lo")
    finally:
        network.close()
