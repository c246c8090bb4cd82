"""What only the delta variant says."""
from xds_client import meshes
from xds_client.ads import CDS, EDS, LDS, RDS, Stream, ports, resources

ONE, TWO = meshes.cluster("one"), meshes.cluster("two")


def versions(response) -> dict:
    return {one.name: one.version for one in response.resources}


def test_removal_is_named(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS)
        stream.take(CDS)
        (mesh.config / "two.yaml").unlink()
        response = stream.take(CDS)
        assert list(response.removed_resources) == [TWO]
        assert len(response.resources) == 0


def test_removal_of_a_cluster_waits_for_listeners_and_routes(mesh):
    with Stream(mesh.xds_port, True) as stream:
        for type_url, names in [(CDS, []), (LDS, []), (RDS, ["8080"])]:
            stream.subscribe(type_url, names)
            stream.take(type_url)
        (mesh.config / "two.yaml").unlink()
        order = []
        while not order or TWO not in order[-1][1]:
            response = stream.next()
            order.append((response.type_url, list(response.removed_resources)))
            assert len(order) < 6, order
            stream.ack(response)
        assert order[-1] == (CDS, [TWO])
        assert RDS in [type_url for type_url, _ in order[:-1]], order


def test_on_demand_endpoints_and_routes(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(EDS, [ONE])
        assert set(versions(stream.take(EDS))) == {ONE}
        stream.subscribe(EDS, [TWO])
        assert set(versions(stream.take(EDS))) == {TWO}
        stream.subscribe(RDS, ["8080"])
        assert set(versions(stream.take(RDS))) == {"8080"}


def test_asking_again_is_answered(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(EDS, [ONE, TWO])
        stream.take(EDS)
        stream.subscribe(EDS, [ONE])
        assert set(versions(stream.take(EDS))) == {ONE}


def test_unsubscribed_names_are_not_pushed(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(EDS, [ONE, TWO])
        stream.take(EDS)
        stream.send(EDS, resource_names_unsubscribe=[TWO])
        mesh.write(
            "two.yaml", meshes.join(meshes.service("two", number=2), meshes.endpoints("two", ["10.30.2.9"]))
        )
        stream.silence()


def test_explicit_wildcard(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS, ["*"])
        assert {ONE, TWO} <= set(versions(stream.take(CDS)))
        assert mesh.syncz()["types"]["CDS"]["wildcard"] is True


def test_one_cluster_on_demand_and_one_that_does_not_exist(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS, [ONE, "none"])
        response = stream.take(CDS)
        assert set(versions(response)) == {ONE}
        assert list(response.removed_resources) == ["none"]


def test_reconnect_with_known_versions(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS)
        clusters = versions(stream.take(CDS))
        stream.subscribe(EDS, [ONE, TWO])
        endpoints = versions(stream.take(EDS))
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS, ["*"], initial_resource_versions=clusters)
        stream.subscribe(EDS, [ONE, TWO], initial_resource_versions=endpoints)
        stream.silence()
        two = meshes.join(meshes.service("two", number=2), meshes.endpoints("two", ["10.30.2.9"]))
        mesh.write("two.yaml", two)
        changed = resources(stream.take(EDS))
        assert {name: ports(one) for name, one in changed.items()} == {TWO: {("10.30.2.9", 8080)}}


def test_reconnect_after_a_removal_names_it(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS)
        clusters = versions(stream.take(CDS))
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS, ["*"], initial_resource_versions=clusters | {"gone": "1"})
        response = stream.take(CDS)
        assert list(response.removed_resources) == ["gone"] and not response.resources


def test_versions_survive_a_restart(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS)
        clusters = versions(stream.take(CDS))
    mesh.stop()
    mesh.start()
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS, ["*"], initial_resource_versions=clusters)
        stream.silence()


def test_a_changed_cluster_gets_its_endpoints_again(mesh):
    with Stream(mesh.xds_port, True) as stream:
        stream.subscribe(CDS)
        stream.take(CDS)
        stream.subscribe(EDS, [ONE, TWO])
        stream.take(EDS)
        mesh.write(
            "policy.yaml",
            """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: one, namespace: default}
spec:
  host: one
  trafficPolicy: {connectionPool: {tcp: {connectTimeout: 3s}}}
""",
        )
        assert set(versions(stream.take(CDS))) == {ONE}
        assert set(versions(stream.take(EDS))) == {ONE}
