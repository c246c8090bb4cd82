"""What holds in the state of the world and in delta alike."""
import grpc
import pytest

from xds_client import meshes
from xds_client.ads import CDS, EDS, LDS, RDS, Stream, node, ports, resources

ONE, TWO = meshes.cluster("one"), meshes.cluster("two")


@pytest.fixture(params=["delta", "state-of-the-world"])
def stream(request, mesh):
    with Stream(mesh.xds_port, request.param == "delta") as one:
        yield one


def test_first_answers(mesh, stream):
    stream.subscribe(CDS)
    clusters = resources(stream.take(CDS))
    assert {ONE, TWO, "BlackHoleCluster", "PassthroughCluster", "InboundPassthroughCluster"} <= set(clusters)
    stream.subscribe(EDS, [ONE, TWO])
    assignments = resources(stream.take(EDS, [ONE, TWO]))
    assert ports(assignments[ONE]) == {("10.30.1.1", 8080)}
    assert ports(assignments[TWO]) == {("10.30.2.1", 8080)}
    stream.subscribe(LDS)
    assert {"virtualOutbound", "virtualInbound"} <= set(resources(stream.take(LDS)))
    stream.subscribe(RDS, ["8080"])
    routes = resources(stream.take(RDS, ["8080"]))
    assert any("one.default.svc.cluster.local" in host.domains for host in routes["8080"].virtual_hosts)


def test_every_response_has_its_own_nonce_and_is_acknowledged(mesh, stream):
    nonces = set()
    for type_url, names in [(CDS, []), (EDS, [ONE]), (LDS, []), (RDS, ["8080"])]:
        stream.subscribe(type_url, names)
        nonces.add(stream.take(type_url, names).nonce)
    assert len(nonces) == 4 and "" not in nonces

    def synced():
        types = mesh.syncz().get("types", {})
        return len(types) == 4 and all(one["status"] == "SYNCED" for one in types.values())

    mesh.wait(synced, "all four types acknowledged")
    sync = mesh.syncz()
    assert sync["cluster_sent"] == sync["cluster_acked"] != ""


def test_refusal_is_kept_and_shown_and_heals(mesh, stream):
    stream.subscribe(RDS, ["8080"])
    stream.take(RDS, ["8080"])
    mesh.write("route.yaml", meshes.timeout("one", 3))
    stream.nack(stream.next(RDS), "8080: I do not like it", ["8080"])
    mesh.wait(lambda: mesh.syncz()["types"]["RDS"]["status"] == "REJECTED", "the refusal")
    shown = mesh.syncz()["types"]["RDS"]
    assert shown["rejection"]["reason"] == "8080: I do not like it"
    assert shown["acked_nonce"] != shown["sent_nonce"]
    assert mesh.metric('pilot_total_xds_rejects{type="rds"}') == 1
    stream.silence()
    # It keeps serving, also this client.
    stream.subscribe(CDS)
    stream.take(CDS)
    mesh.write("route.yaml", meshes.timeout("one", 4))
    healed = resources(stream.take(RDS, ["8080"]))
    seconds = {
        route.route.timeout.seconds
        for host in healed["8080"].virtual_hosts
        for route in host.routes
        if "one.default.svc.cluster.local" in host.domains
    }
    assert seconds == {4}
    mesh.wait(lambda: mesh.syncz()["types"]["RDS"]["status"] == "SYNCED", "the recovery")
    assert "rejection" not in mesh.syncz()["types"]["RDS"]


def test_stale_nonce_is_ignored(mesh, stream):
    stream.subscribe(CDS)
    response = stream.next(CDS)
    stream.send(CDS, response_nonce="stale")
    stream.silence(0.3)
    assert mesh.syncz()["types"]["CDS"]["in_flight"] is True
    stream.ack(response)
    mesh.wait(lambda: not mesh.syncz()["types"]["CDS"]["in_flight"], "the acknowledgement")
    assert mesh.metric("pilot_xds_expired_nonce") == 1


def test_endpoint_change_is_all_that_is_sent(mesh, stream):
    stream.subscribe(CDS)
    stream.take(CDS)
    stream.subscribe(EDS, [ONE, TWO])
    stream.take(EDS, [ONE, TWO])
    two = meshes.join(meshes.service("two", number=2), meshes.endpoints("two", ["10.30.2.1", "10.30.2.2"]))
    mesh.write("two.yaml", two)
    changed = resources(stream.take(EDS, [ONE, TWO]))
    assert {name: ports(one) for name, one in changed.items()} == {TWO: {("10.30.2.1", 8080), ("10.30.2.2", 8080)}}
    stream.silence()


def test_a_burst_of_files_is_one_push(mesh, stream):
    stream.subscribe(CDS)
    stream.take(CDS)
    before = mesh.metric("pilot_push_triggers")
    for number in range(3, 40):
        mesh.write(f"s{number}.yaml", meshes.service(f"s{number}", number=number))
    names = set(resources(stream.take(CDS)))
    assert {meshes.cluster(f"s{number}") for number in range(3, 40)} <= names
    stream.silence()
    assert mesh.metric("pilot_push_triggers") == before + 1


def test_what_is_out_of_scope_is_not_pushed(mesh, stream):
    mesh.write("apart.yaml", meshes.join(meshes.only_own_namespace("apart"), meshes.service("own", "apart", 9)))
    mesh.wait(lambda: "own.apart.svc" in mesh.text("/debug/registryz"), "the Sidecar")
    stream.subscribe(CDS)
    stream.take(CDS)
    with Stream(mesh.xds_port, stream.delta, node("scoped", "apart", "10.40.0.9")) as scoped:
        scoped.subscribe(CDS)
        names = set(resources(scoped.take(CDS)))
        assert meshes.cluster("own", "apart") in names and ONE not in names
        mesh.write("three.yaml", meshes.service("three", number=3))
        assert meshes.cluster("three") in resources(stream.take(CDS))
        scoped.silence()
        assert mesh.syncz("scoped.apart")["snapshot_version"] == mesh.syncz()["snapshot_version"]


def test_a_node_without_identity_is_refused(mesh, stream):
    who = node()
    who.id = "nonsense"
    with Stream(mesh.xds_port, stream.delta, who) as bad:
        bad.subscribe(CDS)
        with pytest.raises(grpc.RpcError) as error:
            bad.next()
        assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert "node" in error.value.details()


def test_a_broken_file_costs_nothing_else(mesh, stream):
    stream.subscribe(CDS)
    stream.take(CDS)
    mesh.write("bad.yaml", meshes.timeout("one", 1).replace("timeout", "timeuot"))
    found = mesh.wait(lambda: [d for d in mesh.debug("/debug/configz")["diagnostics"] if d["severity"] == "error"], "")
    assert "bad.yaml:" in found[0]["location"] and "timeuot" in found[0]["text"]
    mesh.write("three.yaml", meshes.service("three", number=3))
    assert meshes.cluster("three") in resources(stream.take(CDS))


def test_restart_is_survived_by_reconnecting(mesh, stream):
    stream.subscribe(CDS)
    stream.take(CDS)
    mesh.stop()
    with pytest.raises(grpc.RpcError) as error:
        stream.next()
    assert error.value.code() == grpc.StatusCode.UNAVAILABLE
    mesh.start()
    with Stream(mesh.xds_port, stream.delta) as again:
        again.subscribe(CDS)
        assert ONE in resources(again.take(CDS))
