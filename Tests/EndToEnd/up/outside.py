"""Hosts outside of the mesh, all of them one pod without a sidecar, and how callers come to know its names and trust it."""
import json

from harness.identities import MeshAuthority
from up.rules import PROBE, Prober, config_map
from up.workloads import namespace

SERVER = PROBE.with_name("outside_server.py")
SPACE = "outside"
ISSUER, GIST = "auth.company.com", "gist.githubusercontent.com"
API, GOOGLE = "api.external.com", "www.googleapis.com"
NAMES = [ISSUER, GIST, API, GOOGLE]
#: Where `trusting` has a container's authorities, as one file.
ROOTS = "/etc/ssl/certs/ca-certificates.crt"


class Outside(Prober):
    """The pod; it asks, too, as whoever is not in the mesh does."""

    def __init__(self, mesh):
        super().__init__(mesh.kubectl.within(SPACE), "outside", "pod/outside")
        self.system = mesh.kubectl.within("istio-system")
        authority = MeshAuthority(mesh.scratch.folder("outside"), "outside")
        self.roots = authority.root
        self.folder = authority.folder(",".join(NAMES))
        self.address = ""

    def create(self):
        secret = {
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "outside"}, "type": "kubernetes.io/tls",
            "stringData": {
                "tls.crt": (self.folder / "cert-chain.pem").read_text(), "tls.key": (self.folder / "key.pem").read_text(),
            },
        }  # fmt: skip
        scripts = {one.name: one.read_text() for one in (SERVER, PROBE)}
        pod = {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "outside", "labels": {"app": "outside"}},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [{
                    "name": "app", "image": "python", "command": ["python3", "/scripts/outside_server.py", "/tls"],
                    "readinessProbe": {"tcpSocket": {"port": 443}, "periodSeconds": 1},
                    "volumeMounts": [
                        {"name": "scripts", "mountPath": "/scripts"}, {"name": "tls", "mountPath": "/tls"},
                    ],
                }],
                "volumes": [
                    {"name": "scripts", "configMap": {"name": "outside"}},
                    {"name": "tls", "secret": {"secretName": "outside"}},
                ],
            },
        }  # fmt: skip
        self.kubectl.apply(namespace(SPACE, None), secret, config_map("outside", scripts), pod)
        self.kubectl("wait", "--for=condition=Ready", "pod/outside", "--timeout=60s")
        self.address = self.kubectl.value("pod", "outside", ".status.podIP")
        return self

    @property
    def aliases(self) -> list:
        """`hostAliases` of whoever is to find it by its names: here is no DNS that knows them."""
        return [{"ip": self.address, "hostnames": NAMES}]

    def introduce(self):
        """The control plane and the egress gateway learn the names; the former trusts its certificate, too."""
        self.system.apply(config_map("pilot-jwks-extra-cacerts", {"extra.pem": self.roots}))
        # Its keys are asked for every second.
        interval = [{"name": "PILOT_JWT_PUB_KEY_REFRESH_INTERVAL", "value": "1s"}]
        containers = {"istiod": [{"name": "discovery", "env": interval}], "istio-egressgateway": []}
        for name, changed in containers.items():
            spec = {"hostAliases": self.aliases, **({"containers": changed} if changed else {})}
            patch = {"spec": {"template": {"spec": spec}}}
            self.system("patch", "deployment", name, "--patch", json.dumps(patch))
        for name in containers:
            self.system("rollout", "status", f"deployment/{name}", "--timeout=90s", seconds=100)

    def publish(self, url: str, document: dict | None):
        """From now on `url` is answered with the document; without one with what it was asked, as other URLs are."""
        host, _, path = url.removeprefix("https://").partition("/")
        body = "" if document is None else json.dumps(document)
        self.kubectl(
            "exec", "-i", "pod/outside", "--", "curl", "-sSf", "-X", "PUT", "--data-binary", "@-", "-H", f"Host: {host}",
            f"http://127.0.0.1/{path}", stdin=body,
        )  # fmt: skip


def trusting(name: str) -> dict:
    """Annotations of a pod whose sidecar has the authorities of a ConfigMap in place of the machine's."""
    volume = [{"name": "authorities", "configMap": {"name": name}}]
    mount = [{"name": "authorities", "mountPath": ROOTS.rsplit("/", 1)[0], "readOnly": True}]
    return {
        "sidecar.istio.io/userVolume": json.dumps(volume), "sidecar.istio.io/userVolumeMount": json.dumps(mount),
    }  # fmt: skip
