"""A small operator in kopf: every Widget gets a ConfigMap; run by test_kopf.py."""
import os

import kopf
from kubernetes import client, config

GROUP = os.environ["WIDGET_GROUP"]
config.load_kube_config()


@kopf.on.startup()
def begin(settings: kopf.OperatorSettings, **_):
    settings.posting.enabled = True
    settings.persistence.finalizer = "widgets.example.com/finalizer"


@kopf.on.create(GROUP, "v1", "widgets")
def created(spec, name, namespace, patch, body, **_):
    child = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{name}-made"}, "data": {"size": str(spec["size"])}}
    kopf.adopt(child)
    client.CoreV1Api().create_namespaced_config_map(namespace, child)
    patch.status["phase"] = "Made"
    kopf.info(body, reason="Made", message=f"made {name}-made")
    return {"child": f"{name}-made"}


@kopf.on.update(GROUP, "v1", "widgets", field="spec.size")
def resized(old, new, name, namespace, patch, **_):
    client.CoreV1Api().patch_namespaced_config_map(f"{name}-made", namespace, {"data": {"size": str(new)}})
    patch.status["phase"] = f"Resized from {old}"


@kopf.on.delete(GROUP, "v1", "widgets")
def deleted(name, namespace, **_):
    client.CoreV1Api().create_namespaced_config_map(namespace, {"metadata": {"name": f"{name}-gone"}})
