"""The pages on the monitoring port."""
import json
import urllib.error

import pytest

from xds_client import meshes
from xds_client.ads import CDS, Stream


@pytest.fixture
def connected(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS)
        stream.take(CDS)
        yield mesh


def test_every_listed_page_answers(connected):
    for path in connected.debug("/debug/list"):
        query = "?proxyID=client.default" if path.rsplit("/")[-1] in {"config_dump", "sidecarz"} else ""
        if not path.endswith("force_disconnect"):
            assert connected.text(path + query)
    for path in ["/ready", "/healthz", "/debug", "/metrics"]:
        assert connected.text(path)


def test_config_dump_shows_typed_messages(connected):
    dump = connected.debug("/debug/config_dump?proxyID=client.default")
    kinds = [config["@type"].rsplit(".", 1)[-1] for config in dump["configs"]]
    assert kinds == ["ClustersConfigDump", "ListenersConfigDump", "RoutesConfigDump", "EndpointsConfigDump"]
    clusters = {one["cluster"]["name"] for one in dump["configs"][0]["dynamic_active_clusters"]}
    assert meshes.cluster("one") in clusters
    text = json.dumps(dump)
    assert "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3" in text


def test_mesh_configuration_is_json_with_defaults(connected):
    page = connected.debug("/debug/mesh")
    assert page["rootNamespace"] == "istio-system"
    assert page["outboundTrafficPolicy"] == {"mode": "ALLOW_ANY"}
    assert page["connectTimeout"] == "10s"
    assert page["defaultConfig"]["proxyAdminPort"] == 15000


def test_registry_and_endpoints(connected):
    hosts = {one["hostname"] for one in connected.debug("/debug/registryz")}
    assert {"one.default.svc.cluster.local", "two.default.svc.cluster.local"} <= hosts
    found = {one["svc"]: one["ep"] for one in connected.debug("/debug/endpointz")}
    assert [one["address"] for one in found["one.default.svc.cluster.local:http"]] == ["10.30.1.1"]


def test_metrics_have_istios_names(connected):
    text = connected.text("/metrics")
    for name in ["pilot_xds", "pilot_xds_pushes", "pilot_services", "pilot_virt_services", "pilot_xds_push_time"]:
        assert f"# TYPE {name} " in text


def test_unknown_proxy_is_named(connected):
    with pytest.raises(urllib.error.HTTPError) as error:
        connected.text("/debug/config_dump?proxyID=nobody.nowhere")
    assert error.value.code == 404


def test_disconnect_on_request(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS)
        stream.take(CDS)
        assert mesh.debug("/debug/force_disconnect?proxyID=client.default") == {"disconnected": 1}
        with pytest.raises(Exception, match="UNAVAILABLE"):
            stream.next()
