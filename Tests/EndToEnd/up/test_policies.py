"""`martlet authn tls-check`, `x authz check`, `proxy-config secret` and `proxy-status` of a mesh that runs."""
import json
import re
import subprocess
from datetime import datetime, timezone

import pytest

from harness.cluster import eventually
from harness.programs import program
from up.workloads import deployment, http_server

pytestmark = pytest.mark.needs_root

SPACE = "policies"
SERVER = f"server.{SPACE}.svc.cluster.local:8000"


def martlet(mesh, *words) -> str:
    done = subprocess.run(
        [program("martlet"), *map(str, words), "--kubeconfig", mesh.kubeconfig],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def cells(text: str) -> list:
    """Rows of the table up to the first empty line, without the header."""
    lines = text.split("\n\n")[0].splitlines()[1:]
    return [re.split(r"\s{3,}", line) for line in lines]


def check(mesh, *words) -> list:
    return json.loads(martlet(mesh, "authn", "tls-check", *words, "-o", "json"))


def resource(group: str, kind: str, name: str, spec: dict, **metadata) -> dict:
    return {"apiVersion": f"{group}.istio.io/v1", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


@pytest.fixture(scope="module")
def space(mesh):
    """STRICT, a server, a caller with a proxy and one without, and policies for the server."""
    labels = {"istio-injection": "enabled"}
    mesh.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE, "labels": labels}})
    kubectl = mesh.kubectl.within(SPACE)
    deny = {"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/admin"]}}]}]}
    allow = {
        "selector": {"matchLabels": {"app": "server"}},
        "rules": [{"to": [{"operation": {"methods": ["GET"]}}]}, {"to": [{"operation": {"methods": ["HEAD"]}}]}],
    }
    kubectl.apply(
        *http_server("server"), deployment("caller"), deployment("outsider", {"sidecar.istio.io/inject": "false"}),
        resource("security", "PeerAuthentication", "default", {"mtls": {"mode": "STRICT"}}),
        resource("security", "AuthorizationPolicy", "readers", allow),
        resource("security", "AuthorizationPolicy", "no-admin", deny),
        resource("security", "AuthorizationPolicy", "tried", deny, annotations={"istio.io/dry-run": "true"}),
    )  # fmt: skip
    for name in ("server", "caller", "outsider"):
        kubectl("rollout", "status", f"deployment/{name}", "--timeout=90s")
    yield kubectl
    mesh.kubectl("delete", "namespace", SPACE, "--wait=false")


@pytest.fixture
def plaintext_rule(space):
    space.apply(resource("networking", "DestinationRule", "server", {
        "host": "server", "trafficPolicy": {"tls": {"mode": "DISABLE"}},
    }))  # fmt: skip
    yield
    space("delete", "destinationrule", "server")


def test_callers_and_servers_that_agree(mesh, space):
    text = martlet(mesh, "authn", "tls-check", f"caller.{SPACE}", f"server.{SPACE}")
    assert text.splitlines()[0].split() == "HOST:PORT STATUS SERVER CLIENT AUTHN POLICY DESTINATION RULE".split()
    assert cells(text) == [[SERVER, "OK", "mTLS", "mTLS", f"default/{SPACE}", "-"]]


def test_a_rule_that_conflicts_is_named(mesh, space, plaintext_rule):
    text = martlet(mesh, "authn", "tls-check", "deploy/caller", "server", "-n", SPACE)
    assert cells(text) == [[SERVER, "CONFLICT", "mTLS", "HTTP", f"default/{SPACE}", f"server/{SPACE}"]]
    assert f"DestinationRule {SPACE}/server spec.trafficPolicy.tls says DISABLE: remove that" in text
    # And so it is.
    url = "http://server:8000/hostname"
    called = eventually(
        lambda: space.run("exec", "deploy/caller", "-c", "app", "--", "curl", "-sf", "-m", "5", url).code != 0 and "refused"
    )
    assert called == "refused"


def test_a_caller_without_proxy_conflicts(mesh, space):
    (row,) = check(mesh, f"outsider.{SPACE}", "server")
    assert (row["status"], row["server"], row["client"]) == ("CONFLICT", "mTLS", "HTTP")
    assert "has no istio-proxy" in row["notes"][0]


def test_every_service_is_told_of(mesh, space):
    rows = check(mesh, f"caller.{SPACE}")
    assert {row["host"] for row in rows} >= {f"server.{SPACE}.svc.cluster.local", "reviews.default.svc.cluster.local"}


def test_policies_that_a_proxy_enforces(mesh, space):
    def listed():
        text = martlet(mesh, "x", "authz", "check", f"server.{SPACE}")
        assert text.splitlines()[0].split() == ["ACTION", "AuthorizationPolicy", "RULES"]
        assert cells(text) == [
            ["DENY", f"no-admin.{SPACE}", "1"], ["DENY (dry-run)", f"tried.{SPACE}", "1"], ["ALLOW", f"readers.{SPACE}", "2"],
        ]  # fmt: skip
        return True

    eventually(listed)


def test_a_saved_dump_says_the_same(mesh, space, tmp_path):
    pod = space.value("pod", "-l=app=server", ".items[0].metadata.name")
    dump = space("exec", pod, "-c", "istio-proxy", "--", "pilot-agent", "request", "GET", "config_dump").out
    (tmp_path / "dump.json").write_text(dump)
    live = martlet(mesh, "x", "authz", "check", f"{pod}.{SPACE}")
    assert martlet(mesh, "x", "authz", "check", "-f", tmp_path / "dump.json") == live
    secrets = martlet(mesh, "pc", "secret", "-f", tmp_path / "dump.json")
    assert secrets == martlet(mesh, "pc", "secret", f"{pod}.{SPACE}")


def test_certificates_of_a_proxy(mesh, space):
    text = martlet(mesh, "proxy-config", "secret", f"server.{SPACE}")
    found = {row[0]: row[1:] for row in cells(text)}
    assert found["default"][:3] == ["Cert Chain", "ACTIVE", "true"]
    assert found["ROOTCA"][:3] == ["CA", "ACTIVE", "true"]
    after, before = (datetime.fromisoformat(text) for text in found["default"][4:6])
    assert before < datetime.now(timezone.utc) < after
    assert "PRIVATE" not in martlet(mesh, "pc", "secret", f"server.{SPACE}", "-o", "json")


def test_status_with_the_time_certificates_are_valid_for(mesh, space):
    text = martlet(mesh, "proxy-status", "-n", SPACE)
    rows = cells(text)
    assert {row[0].rsplit("-", 2)[0] for row in rows} == {"server", "caller"}
    assert len(rows) == 2
    for row in rows:
        assert row[1] == "Kubernetes"
        assert row[2].startswith("istiod-"), row
        assert re.match(r"\d+ \(CDS,LDS,EDS,RDS", row[4]), row
        assert re.fullmatch(r"2[34]h\d+m", row[5]), row
    (one,) = json.loads(martlet(mesh, "ps", f"server.{SPACE}", "-o", "json"))
    assert one["types"]["CDS"] == "SYNCED" and one["certificateExpiry"]
    classic = martlet(mesh, "ps", "-n", SPACE, "-v", "1", "--no-certs")
    assert classic.splitlines()[0].split() == "NAME CLUSTER CDS LDS EDS RDS ECDS ISTIOD VERSION CERT".split()
    assert {row[-1] for row in cells(classic)} == {"-"}
