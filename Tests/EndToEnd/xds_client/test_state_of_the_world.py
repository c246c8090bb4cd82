"""What only the state-of-the-world variant says."""
from xds_client import meshes
from xds_client.ads import CDS, EDS, RDS, Stream, resources

ONE, TWO = meshes.cluster("one"), meshes.cluster("two")


def test_removal_is_absence(mesh):
    with Stream(mesh.xds_port, False) as stream:
        stream.subscribe(CDS)
        first = resources(stream.take(CDS))
        (mesh.config / "two.yaml").unlink()
        assert set(first) - set(resources(stream.take(CDS))) == {TWO}


def test_versions_name_the_content(mesh):
    with Stream(mesh.xds_port, False) as stream:
        stream.subscribe(CDS)
        first = stream.take(CDS).version_info
    with Stream(mesh.xds_port, False) as stream:
        stream.subscribe(CDS)
        assert stream.take(CDS).version_info == first
        mesh.write("three.yaml", meshes.service("three", number=3))
        assert stream.take(CDS).version_info != first


def test_reconnect_with_the_version_held(mesh):
    with Stream(mesh.xds_port, False) as stream:
        stream.subscribe(CDS)
        version = stream.take(CDS).version_info
    with Stream(mesh.xds_port, False) as stream:
        stream.subscribe(CDS, version_info=version)
        stream.silence()
        mesh.write("three.yaml", meshes.service("three", number=3))
        assert meshes.cluster("three") in resources(stream.take(CDS))


def test_more_names_are_answered_alone(mesh):
    with Stream(mesh.xds_port, False) as stream:
        stream.subscribe(EDS, [ONE])
        response = stream.next(EDS)
        assert set(resources(response)) == {ONE}
        stream.ack(response, [ONE, TWO])
        assert set(resources(stream.take(EDS, [ONE, TWO]))) == {TWO}


def test_the_same_request_again_is_answered(mesh):
    with Stream(mesh.xds_port, False) as stream:
        stream.subscribe(RDS, ["8080"])
        response = stream.take(RDS, ["8080"])
        stream.silence(0.3)
        stream.ack(response, ["8080"])
        assert set(resources(stream.take(RDS, ["8080"]))) == {"8080"}
        stream.silence(0.3)


def test_fewer_names_are_no_question(mesh):
    with Stream(mesh.xds_port, False) as stream:
        stream.subscribe(EDS, [ONE, TWO])
        stream.take(EDS, [ONE])
        stream.silence(0.3)
        mesh.write("two.yaml", meshes.join(meshes.service("two", number=2), meshes.endpoints("two", ["10.30.2.9"])))
        stream.silence()
