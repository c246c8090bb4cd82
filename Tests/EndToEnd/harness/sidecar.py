"""martlet-proxy with either engine."""
import json
import os
import shutil
import signal
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from .access_log import AccessLog
from .programs import PROXY_UID, Child, Scratch, envoy_binary, program

ENGINES = ["swift", "envoy"]

# The agent has Envoy write its access log every second; the tests want each line at once. Hot restart shares memory
# between processes of one number, and a killed Envoy would leave its own behind.
ENVOY_WRAPPER = """#!/bin/sh
before=
for word do
  shift
  [ "$before" = --file-flush-interval-msec ] && word=10
  set -- "$@" "$word"
  before=$word
done
case " $* " in *" --disable-hot-restart "*) ;; *) set -- "$@" --disable-hot-restart ;; esac
exec {envoy} "$@"
"""


def proxy_metadata(pod: dict) -> dict:
    """What the pod's annotation has the agent say of itself: it, and the variables `ISTIO_META_NAME` of its `proxyMetadata`."""
    written = yaml.safe_load(pod["metadata"].get("annotations", {}).get("proxy.istio.io/config", "{}"))
    variables = written.get("proxyMetadata", {}).items()
    said = {name.removeprefix("ISTIO_META_"): value for name, value in variables if name.startswith("ISTIO_META_")}
    return {"PROXY_CONFIG": written, **said} if written else said


class Sidecar:
    """The proxy of one pod, as uid 1337 when the tests are root."""

    def __init__(
        self,
        scratch: Scratch,
        engine: str,
        pod: dict,
        xds_port: int,
        prefix=(),
        admin_port: int = 15000,
        metadata: dict | None = None,
        role: str = "sidecar",
        certificates: Path | None = None,
        shares_ports: bool = False,
    ):
        self.engine, self.admin_port = engine, admin_port
        name, namespace = pod["metadata"]["name"], pod["metadata"].get("namespace", "default")
        self.address = pod["status"]["podIP"]
        folder = scratch.folder(f"proxy-{engine}-{name}.{namespace}", PROXY_UID)
        labels = pod["metadata"].get("labels", {})
        node_metadata = {
            "NAME": name, "NAMESPACE": namespace, "LABELS": labels, "CLUSTER_ID": "Kubernetes",
            "ISTIO_VERSION": "1.27.0", "INTERCEPTION_MODE": "REDIRECT", "MESH_ID": "cluster.local",
            "SERVICE_ACCOUNT": pod.get("spec", {}).get("serviceAccountName", "default"),
            "WORKLOAD_NAME": labels.get("service.istio.io/workload-name", name), "INSTANCE_IPS": self.address,
            **proxy_metadata(pod), **(metadata or {}),
        }  # fmt: skip
        (folder / "metadata.json").write_text(json.dumps(node_metadata))
        command = list(prefix)
        if os.geteuid() == 0:
            user = str(PROXY_UID)
            command += ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
        command += [
            scratch.reachable(program("martlet-proxy")), "--discovery-address", f"127.0.0.1:{xds_port}",
            "--node-id", f"{role}~{self.address}~{name}.{namespace}~{namespace}.svc.cluster.local",
            "--metadata", f"@{folder / 'metadata.json'}", "--engine", engine,
            "--admin-address", f"127.0.0.1:{admin_port}", "--concurrency", "1", "--status-port", "0",
            "--stats-port", "0" if shares_ports else "15090",
        ]  # fmt: skip
        if engine == "envoy":
            wrapper = folder / "envoy"
            wrapper.write_text(ENVOY_WRAPPER.format(envoy=scratch.reachable(envoy_binary())))
            wrapper.chmod(0o755)
            command += ["--envoy-path", wrapper]
        log = folder / "proxy.log"
        log.touch()
        if os.geteuid() == 0:
            os.chown(log, PROXY_UID, PROXY_UID)  # /dev/stdout is opened anew by name
        #: the folder its agent watches, if it has an identity
        self.certificates = None
        environment = {"TMPDIR": str(folder), "HOME": str(folder)}
        if certificates is not None:
            own = self.certificates = folder / "certs"
            shutil.rmtree(own, ignore_errors=True)
            shutil.copytree(certificates, own)
            for path in [own, *own.iterdir()]:
                os.chown(path, PROXY_UID, PROXY_UID) if os.geteuid() == 0 else None
            environment |= {"FILE_MOUNTED_CERTS": "true", "MARTLET_CERTS_FOLDER": str(own)}
        self.child = Child(f"martlet-proxy --engine {engine}", command, log, env=environment)
        self.log = AccessLog(log)
        self.last_unmarked = False

    def admin(self, path: str, method: str = "GET"):
        """(status, text) of the admin interface. Call it inside of the network namespace."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin_port}{path}", method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")
        except OSError as error:
            return 0, str(error)

    def ready(self) -> bool:
        return self.admin("/ready")[0] == 200

    def stop(self, drain: bool = False):
        """At once, unless it should drain."""
        self.child.stop(15 if drain else 2, signal.SIGTERM if drain else signal.SIGKILL)
