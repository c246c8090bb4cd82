"""A real Envoy as the client: both variants, warming, removal; nothing refused."""
import json
import subprocess
import uuid

import pytest
import yaml
from harness.programs import Child, envoy_binary

from xds_client import meshes
from xds_client.conftest import Mesh

pytestmark = pytest.mark.needs_root


def bootstrap(port: int, delta: bool) -> dict:
    ads = {"resource_api_version": "V3", "ads": {}}
    return {
        "node": {
            "id": "sidecar~10.40.0.1~client.default~default.svc.cluster.local",
            "cluster": "client.default",
            # Nobody gives this Envoy secrets, for which listeners would wait.
            "metadata": {"NAMESPACE": "default", "LABELS": {"app": "client"}, "TLS_IDENTITY": "false"},
        },
        "dynamic_resources": {
            "lds_config": ads,
            "cds_config": ads,
            "ads_config": {
                "api_type": "DELTA_GRPC" if delta else "GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-grpc"}}],
            },
        },
        "static_resources": {
            "clusters": [
                {
                    "name": "xds-grpc",
                    "connect_timeout": "1s",
                    "type": "STATIC",
                    "typed_extension_protocol_options": {
                        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                            "explicit_http_config": {"http2_protocol_options": {}},
                        }
                    },
                    "load_assignment": {
                        "cluster_name": "xds-grpc",
                        "endpoints": [
                            {
                                "lb_endpoints": [
                                    {
                                        "endpoint": {
                                            "address": {
                                                "socket_address": {"address": "127.0.0.1", "port_value": port}
                                            }
                                        }
                                    }
                                ]
                            }
                        ],
                    },
                }
            ]
        },
    }


@pytest.fixture(params=["delta", "state-of-the-world"])
def fleet(request, tmp_path):
    """martletd and Envoy in a network namespace of their own, so that the sidecar's ports are free."""
    name = f"xds-{uuid.uuid4().hex[:8]}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    inside = ["ip", "netns", "exec", name]
    envoy = plane = None
    try:
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)

        class Inside(Mesh):
            def text(self, path: str) -> str:
                url = f"http://127.0.0.1:{self.monitoring_port}{path}"
                return subprocess.run([*inside, "curl", "-sf", url], check=True, capture_output=True, text=True).stdout

        plane = Inside(tmp_path, prefix=inside)
        plane.write("one.yaml", meshes.join(meshes.service("one"), meshes.endpoints("one", ["10.30.1.1"])))
        plane.write("two.yaml", meshes.join(meshes.service("two", number=2), meshes.endpoints("two", ["10.30.2.1"])))
        plane.start()
        config = tmp_path / "envoy.yaml"
        config.write_text(yaml.safe_dump(bootstrap(plane.xds_port, request.param == "delta")))
        envoy = Child(
            "envoy",
            [*inside, envoy_binary(), "-c", config, "--use-dynamic-base-id", "--concurrency", "1", "-l", "warning"],
            tmp_path / "envoy.log",
        )
        yield plane
    finally:
        if envoy is not None:
            envoy.stop(5)
        if plane is not None:
            plane.stop()
        subprocess.run(["ip", "netns", "del", name], check=False)


def synced(plane, types=("CDS", "EDS", "LDS", "RDS")) -> bool:
    found = plane.syncz().get("types", {})
    return set(types) <= set(found) and all(one["status"] == "SYNCED" for one in found.values())


def test_envoy_takes_everything(fleet):
    fleet.wait(lambda: synced(fleet), "Envoy in sync", 15)
    version = fleet.syncz()["types"]["CDS"]["sent_version"]
    # A changed cluster warms until its endpoints come again.
    fleet.write(
        "rule.yaml",
        """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: one, namespace: default}
spec:
  host: one
  trafficPolicy: {connectionPool: {tcp: {connectTimeout: 3s}}}
""",
    )
    fleet.wait(lambda: synced(fleet) and fleet.syncz()["types"]["CDS"]["sent_version"] != version, "the change", 5)
    before = fleet.syncz()["types"]
    (fleet.config / "two.yaml").unlink()

    def shrunk():
        now = fleet.syncz()["types"]
        return synced(fleet) and now["CDS"]["resources"] == before["CDS"]["resources"] - 1

    fleet.wait(shrunk, "the removal", 5)
    assert fleet.metric("pilot_total_xds_rejects") == 0, json.dumps(fleet.syncz(), indent=1)
