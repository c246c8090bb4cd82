"""The certificate authority in a cluster: Secrets, ConfigMaps, reviewed tokens, and the change to a plugged-in one."""
import base64
import re
from contextlib import contextmanager

import grpc
import pytest

from harness import certificates
from harness.certificates import create_certificate
from harness.cluster import Cluster, eventually
from harness.programs import Scratch

pytestmark = pytest.mark.needs_root


@pytest.fixture(scope="module")
def cluster():
    scratch = Scratch("identity-up")
    one = Cluster(scratch.path)
    yield one
    one.stop()
    scratch.remove()


@pytest.fixture(scope="module")
def system(cluster):
    return cluster.kubectl.within("istio-system")


@contextmanager
def forwarded(kubectl, port: int):
    """A port of the control plane's own loopback."""
    with kubectl.started("port-forward", "deployment/istiod", f":{port}") as forward:
        yield int(re.search(r"127.0.0.1:(\d+)", forward.line())[1])


def root_of(kubectl) -> str:
    return kubectl.value("configmap", "istio-ca-root-cert", ".data.root-cert\\.pem")


@contextmanager
def channel(system, root: str):
    with forwarded(system, 15012) as port:
        credentials = grpc.ssl_channel_credentials(root.encode())
        with grpc.secure_channel(f"127.0.0.1:{port}", credentials) as one:
            yield one


def test_the_root_is_kept_in_a_secret(system):
    secret = system.get("secret", "istio-ca-secret")
    assert secret["type"] == "istio.io/ca-root"
    assert base64.b64decode(secret["data"]["ca-cert.pem"]).decode() == root_of(system)
    assert "PRIVATE KEY" in base64.b64decode(secret["data"]["ca-key.pem"]).decode()


def test_every_namespace_has_the_root_whoever_takes_it_away(cluster, system):
    kubectl = cluster.kubectl.within("roots")
    kubectl("create", "namespace", "roots")
    wanted = root_of(system)
    eventually(lambda: kubectl.run("get", "configmap", "istio-ca-root-cert").code == 0 and root_of(kubectl) == wanted)
    kubectl("delete", "configmap", "istio-ca-root-cert")
    eventually(lambda: kubectl.run("get", "configmap", "istio-ca-root-cert").code == 0 and root_of(kubectl) == wanted)
    kubectl("patch", "configmap", "istio-ca-root-cert", "--type=merge", "-p", '{"data": {"root-cert.pem": "x"}}')
    eventually(lambda: root_of(kubectl) == wanted)
    assert kubectl.run("--namespace", "kube-system", "get", "configmap", "istio-ca-root-cert").code != 0


def test_a_reviewed_token_is_exchanged_for_a_certificate(cluster, system, tmp_path):
    token = cluster.kubectl("create", "token", "default", "--audience", "istio-ca").out.strip()
    csr = certificates.request(tmp_path, certificates.key(tmp_path))
    with channel(system, root_of(system)) as one:
        chain = create_certificate(one, csr, token=token)
        assert certificates.names_of(chain[0]) == ["URI:spiffe://cluster.local/ns/default/sa/default"]
        assert chain[-1] == root_of(system)
        for wrong in (cluster.kubectl("create", "token", "default").out.strip(), "words", token[:-4] + "AAAA"):
            with pytest.raises(grpc.RpcError) as caught:
                create_certificate(one, csr, token=wrong)
            assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
            assert "istio-ca" in caught.value.details()


def test_the_authority_can_be_plugged_in_without_a_restart(cluster, system, tmp_path):
    old = root_of(system)
    new, key = certificates.authority(tmp_path, "plugged in")
    for name, text in (("ca-cert", new), ("ca-key", key), ("root-cert", old + new), ("cert-chain", new)):
        (tmp_path / f"{name}.pem").write_text(text)
    files = [f"--from-file={tmp_path / name}.pem" for name in ("ca-cert", "ca-key", "root-cert", "cert-chain")]
    system("create", "secret", "generic", "cacerts", *files)
    for namespace in ("default", "istio-system"):
        eventually(lambda: root_of(cluster.kubectl.within(namespace)) == new + old)
    token = cluster.kubectl("create", "token", "default", "--audience", "istio-ca").out.strip()
    csr = certificates.request(tmp_path, certificates.key(tmp_path))
    with channel(system, root_of(system)) as one:
        chain = create_certificate(one, csr, token=token)
    assert chain[-1] == new + old
    (tmp_path / "new.pem").write_text(new)
    (tmp_path / "leaf.pem").write_text(chain[0])
    assert certificates.openssl("verify", "-CAfile", tmp_path / "new.pem", tmp_path / "leaf.pem").endswith(b": OK\n")
