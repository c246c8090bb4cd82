"""Who may do what: can-i, tokens, RBAC, and what kubectl says about the cluster itself."""
import base64
import json
import ssl
import urllib.error
import urllib.request

import pytest
import yaml

from cluster_api.objects import config_map
from harness.cluster import Kubectl, eventually, manifest


@pytest.fixture
def robot(kubectl, tmp_path):
    """kubectl as a service account that may read ConfigMaps of its namespace and nothing else."""
    kubectl("create", "serviceaccount", "robot")
    kubectl("create", "role", "reader", "--verb=get,list,watch", "--resource=configmaps")
    kubectl("create", "rolebinding", "reader", "--role=reader", f"--serviceaccount={kubectl.namespace}:robot")
    token = kubectl("create", "token", "robot").out.strip()
    config = yaml.safe_load(kubectl.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return Kubectl(path, kubectl.home, kubectl.namespace)


def test_a_service_account_has_its_rights_and_no_more(kubectl, robot):
    kubectl.apply(config_map("one"))
    assert robot.value("cm", "one", ".data.color") == "red"
    who = f"system:serviceaccount:{kubectl.namespace}:robot"
    refused = robot.refused("get", "secrets")
    assert "Forbidden" in refused and f'User "{who}" cannot list resource "secrets"' in refused
    assert "cannot delete" in robot.refused("delete", "cm", "one")
    assert "cannot list" in robot.within("kube-system").refused("get", "cm")
    assert "cannot patch" in robot.refused("patch", "cm", "one", "--type=merge", "-p", "{}")
    assert "cannot create" in robot.refused("create", "cm", "two")
    assert who in robot("auth", "whoami").out
    kubectl("create", "role", "writer", "--verb=create", "--resource=configmaps")
    kubectl("create", "rolebinding", "writer", "--role=writer", f"--serviceaccount={kubectl.namespace}:robot")
    robot("create", "cm", "two")
    kubectl("delete", "rolebinding", "writer")
    assert "cannot create" in robot.refused("create", "cm", "three")


def test_rights_over_named_objects_and_everywhere(cluster, kubectl, robot):
    kubectl("create", "secret", "generic", "mine", "--from-literal=a=b")
    kubectl("create", "role", "one-secret", "--verb=get", "--resource=secrets", "--resource-name=mine")
    kubectl("create", "rolebinding", "one-secret", "--role=one-secret", f"--serviceaccount={kubectl.namespace}:robot")
    robot("get", "secret", "mine")
    robot.refused("get", "secret", "other")
    assert "cannot" in robot.refused("get", "nodes")
    name = f"{kubectl.namespace}-view"
    cluster.kubectl("create", "clusterrolebinding", name, "--clusterrole=view", f"--serviceaccount={kubectl.namespace}:robot")
    try:
        robot.within("kube-system")("get", "cm")
        assert "cannot" in robot.within("kube-system").refused("get", "secrets")
    finally:
        cluster.kubectl("delete", "clusterrolebinding", name)


def test_nobody_gives_rights_that_they_do_not_have(kubectl, robot):
    kubectl("create", "role", "roles", "--verb=create", "--resource=roles.rbac.authorization.k8s.io")
    kubectl("create", "rolebinding", "roles", "--role=roles", f"--serviceaccount={kubectl.namespace}:robot")
    robot("create", "role", "same", "--verb=get", "--resource=configmaps")
    refused = robot.refused("create", "role", "more", "--verb=get", "--resource=secrets")
    assert "attempting to grant RBAC permissions not currently held" in refused


def test_tokens_end_with_their_account(kubectl, robot):
    robot("get", "cm")
    kubectl("delete", "serviceaccount", "robot")
    assert eventually(lambda: "Unauthorized" in robot.run("get", "cm").err)


def test_can_i(kubectl, robot):
    assert kubectl("auth", "can-i", "create", "pods").out == "yes\n"
    assert robot("auth", "can-i", "get", "configmaps").out == "yes\n"
    assert robot.run("auth", "can-i", "delete", "configmaps").out == "no\n"
    assert robot.run("auth", "can-i", "get", "pods", "--subresource=log").out == "no\n"
    listed = robot("auth", "can-i", "--list").out
    assert "configmaps" in listed and "[get list watch]" in listed
    assert "*.*" in kubectl("auth", "can-i", "--list").out
    account = f"system:serviceaccount:{kubectl.namespace}:robot"
    assert kubectl("auth", "can-i", "list", "configmaps", "--as", account).out == "yes\n"
    assert kubectl.run("auth", "can-i", "list", "nodes", "--as", account).out == "no\n"
    assert kubectl.run("get", "secrets", "--as", "jane").err.startswith("Error from server (Forbidden)")
    kubectl("get", "secrets", "--as", "jane", "--as-group", "system:masters")
    assert "jane" in kubectl("auth", "whoami", "--as", "jane").out
    assert "cannot impersonate" in robot.refused("get", "cm", "--as", "jane")


def test_auth_reconcile_brings_roles_to_what_a_file_says(kubectl):
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": "r", "namespace": kubectl.namespace},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }  # fmt: skip
    assert "reconciled" in kubectl("auth", "reconcile", "-f", "-", stdin=manifest(role)).out
    role["rules"][0]["verbs"] = ["list"]
    kubectl("auth", "reconcile", "-f", "-", stdin=manifest(role))
    verbs = {verb for rule in kubectl.get("role", "r")["rules"] for verb in rule["verbs"]}
    assert verbs == {"get", "list"}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}])
def test_without_credentials_there_is_only_the_version(cluster, header):
    config = yaml.safe_load(cluster.kubectl.kubeconfig.read_text())
    cluster_entry = config["clusters"][0]["cluster"]
    server = cluster_entry["server"]
    authority = base64.b64decode(cluster_entry["certificate-authority-data"]).decode()
    trust = ssl.create_default_context(cadata=authority)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))

    def get(path):
        return opener.open(urllib.request.Request(server + path, headers=header), timeout=10)

    with get("/version") as answer:
        assert json.load(answer)["major"] == "1"
    for path in ["/api/v1/namespaces", "/apis", "/openapi/v3"]:
        with pytest.raises(urllib.error.HTTPError) as error:
            get(path)
        assert error.value.code == 401


def test_the_cluster_about_itself(cluster):
    kubectl = cluster.kubectl
    assert "is running at" in kubectl("cluster-info").out
    versions = kubectl("api-versions").lines
    assert {"v1", "apps/v1", "batch/v1", "autoscaling/v2", "rbac.authorization.k8s.io/v1"} <= set(versions)
    resources = kubectl("api-resources", "--verbs=list", "--namespaced", "-o", "name").lines
    assert {"pods", "deployments.apps", "endpointslices.discovery.k8s.io"} <= set(resources)
    assert "deploy" in kubectl("api-resources", "--api-group=apps", "-o", "wide").out
    assert "Server Version" in kubectl("version").out
    assert "DATA+OMITTED" in kubectl("config", "view").out
    assert kubectl("config", "current-context").out.strip() == "martlet"
    assert kubectl("config", "get-contexts", "-o", "name").lines == ["martlet"]


def test_top_says_what_is_missing(cluster):
    assert "Metrics API not available" in cluster.kubectl.refused("top", "nodes")
    assert "Metrics API not available" in cluster.kubectl.refused("top", "pods")


def test_proxy(cluster):
    with cluster.kubectl.started("proxy", "--port=0") as proxy:
        address = proxy.line().split()[-1]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{address}/api/v1/namespaces/default", timeout=10) as answer:
            assert json.load(answer)["kind"] == "Namespace"
        with opener.open(f"http://{address}/", timeout=10) as answer:
            assert "/api" in json.load(answer)["paths"]
