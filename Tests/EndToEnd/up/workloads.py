"""Pods that the tests add. Their images are none of the catalogue's: they run programs that every machine has."""
from pathlib import Path

SLEEP = ["/bin/sleep", "infinity"]
CALLER = Path(__file__).with_name("caller.py")


def namespace(name: str, injection: str | None = "enabled") -> dict:
    labels = {} if injection is None else {"istio-injection": injection}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def deployment(name: str, labels: dict | None = None, annotations: dict | None = None, command=SLEEP) -> dict:
    template = {"labels": {"app": name, **(labels or {})}, "annotations": annotations or {}}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": template,
                "spec": {
                    "terminationGracePeriodSeconds": 1,
                    "containers": [{"name": "app", "image": "curlimages/curl", "command": list(command)}],
                },
            },
        },
    }  # fmt: skip


def caller(url: str, rate: float, connections: int, name: str = "caller") -> list:
    """A pod with a sidecar that calls `url`; its log has a line for each answer."""
    data = {"caller.py": CALLER.read_text()}
    script = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    command = ["python3", "/scripts/caller.py", url, str(rate), str(connections)]
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [{
                "name": "app", "image": "python", "command": command,
                "volumeMounts": [{"name": "scripts", "mountPath": "/scripts"}],
            }],
            "volumes": [{"name": "scripts", "configMap": {"name": name}}],
        },
    }  # fmt: skip
    return [script, pod]


def http_server(name: str) -> list:
    """A Deployment and Service that answer on port 8000 with the pod's files."""
    server = deployment(name, command=["python3", "-m", "http.server", "8000", "--directory", "/etc"])
    server["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {
        "httpGet": {"path": "/hostname", "port": 8000}, "periodSeconds": 1,
    }  # fmt: skip
    service = {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 8000}]},
    }  # fmt: skip
    return [server, service]
