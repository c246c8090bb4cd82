"""Objects that the tests apply. Their pods run `sleep`, which every machine has."""

SLEEP = ["sleep", "100000"]


def config_map(name: str, data: dict | None = None, **metadata) -> dict:
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": data or {"color": "red"},
    }  # fmt: skip


def pod(name: str, **metadata) -> dict:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": pod_spec()}


def pod_spec() -> dict:
    return {
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "app", "image": "sleep", "command": SLEEP}],
    }


def deployment(name: str, replicas: int = 1, **template_metadata) -> dict:
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}, **template_metadata}, "spec": pod_spec()},
        },
    }  # fmt: skip


def service(name: str, *ports) -> dict:
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"name": f"http-{port}", "port": port} for port in ports]},
    }  # fmt: skip


def definition(group: str, **version) -> dict:
    """A CustomResourceDefinition for Widgets."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": ["wd"], "categories": ["shop"]},
            "versions": [{
                "name": "v1", "served": True, "storage": True,
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
                },
                "additionalPrinterColumns": [
                    {"name": "Size", "type": "integer", "jsonPath": ".spec.size", "description": "How big."},
                    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
                ],
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "description": "A Widget is what the tests make.",
                    "properties": {
                        "spec": {
                            "type": "object",
                            "required": ["size"],
                            "properties": {
                                "size": {"type": "integer", "minimum": 1, "maximum": 9, "description": "How big it is."},
                                "color": {"type": "string", "default": "grey", "enum": ["grey", "red", "blue"]},
                                "replicas": {"type": "integer", "default": 1},
                                "parts": {"type": "array", "items": {"type": "string"}},
                                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                                "minimum": {"type": "integer"},
                            },
                            "x-kubernetes-validations": [{
                                "rule": "!has(self.minimum) || self.minimum <= self.size",
                                "message": "minimum must not exceed size",
                            }],
                        },
                        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                    },
                }},
                **version,
            }],
        },
    }  # fmt: skip


def widget(group: str, name: str, **spec) -> dict:
    return {
        "apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {"size": 3, **spec},
    }  # fmt: skip
