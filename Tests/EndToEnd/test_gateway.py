"""A gateway while its Gateways and VirtualServices come, change and go, by both engines."""
import time
import urllib.request

import pytest

from harness.http_client import BrokenResponse, Client, request_bytes
from harness.sidecar import ENGINES
from harness.world import World

from conformance.table import FIXTURES

pytestmark = pytest.mark.needs_root

GATEWAY, PORT = "10.10.9.1", 8000

PUBLIC = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
"""

RULE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: default}
spec:
  hosts: ["shop.example.com"]
  gateways: [public]
  http: [{route: [{destination: {host: reviews, subset: %s}}]}]
"""


def _answer():
    """(status, server) of one request; (0, reason) when nobody takes the connection."""
    try:
        client = Client(GATEWAY, PORT, "10.10.99.1")
    except OSError as error:
        return 0, type(error).__name__
    try:
        response = client.request(request_bytes(host="shop.example.com"))
        return response.status, response.value("x-echo-server")
    except BrokenResponse as error:
        # A connection that waits to be accepted while its listener goes is reset by the kernel.
        return 0, type(error).__name__
    finally:
        client.close()


def _rejections(world) -> float:
    def read():
        with urllib.request.urlopen(f"http://127.0.0.1:{world.control_plane.monitoring_port}/metrics", timeout=5) as page:
            return page.read().decode()

    lines = [line for line in world.namespace.inside(read).splitlines() if line.startswith("pilot_total_xds_rejects")]
    return sum(float(line.split()[-1]) for line in lines)


@pytest.mark.parametrize("engine", ENGINES)
def test_gateways_come_change_and_go(engine):
    text = "\n---\n".join((FIXTURES / "mesh" / name).read_text() for name in ("shop.yaml", "edge.yaml"))
    world = World(f"gateway-{engine}", text)

    def until(wanted, seconds=10):
        end = time.monotonic() + seconds
        while (got := world.namespace.inside(_answer)) != wanted:
            assert time.monotonic() < end, f"expected {wanted}, still {got}"
            time.sleep(0.02)

    try:
        world.enter(engine, "ingress.istio-system", "router")
        until((0, "ConnectionRefusedError"))
        world.control_plane.write("gateway.yaml", PUBLIC)
        until((404, None))
        world.control_plane.write("rule.yaml", RULE % "v1")
        until((200, "reviews-v1"))
        world.control_plane.write("rule.yaml", RULE % "v2")
        until((200, "reviews-v2"))
        world.control_plane.write("gateway.yaml", PUBLIC.replace('"*"', "other.example.com"))
        until((404, None))
        world.control_plane.write("gateway.yaml", PUBLIC)
        until((200, "reviews-v2"))
        world.control_plane.write("rule.yaml", "")
        until((404, None))
        world.control_plane.write("gateway.yaml", "")
        until((0, "ConnectionRefusedError"))
        assert _rejections(world) == 0
    finally:
        world.close()
