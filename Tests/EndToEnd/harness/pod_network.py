"""Pods as network namespaces with Istio's capture rules, routed through a hub where the control plane is."""
import ctypes
import encodings.idna  # noqa: F401 - looked up by the first connection, when the thread may not read root's files
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from .access_log import AccessLog
from .control_plane import ControlPlane
from .programs import PROXY_UID, Child, Scratch, envoy_binary, program
from .sidecar import ENVOY_WRAPPER

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_APP = Path(__file__).with_name("pod_application.py")

#: Neither root nor the proxy.
APP_UID = 1000


def run(*command, check: bool = True) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=30)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()} {done.stdout.strip()}")
    return done.stdout


def as_user(uid: int) -> list:
    return ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]


def authority(address: str) -> str:
    """An address as URLs have it."""
    return f"[{address}]" if ":" in address else address


class Namespace:
    def __init__(self, name: str):
        self.name = f"martlet-{name}-{os.getpid()}"
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *command) -> list:
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command, check: bool = True) -> str:
        return run(*self.command(*command), check=check)

    def inside(self, work, uid: int | None = None):
        """Calls `work` on a thread of the namespace; with `uid` as that user, whose sockets are told apart by it."""
        box = []

        def call():
            descriptor = os.open(f"/var/run/netns/{self.name}", os.O_RDONLY)
            try:
                if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
                if uid is not None:
                    # The raw calls change this thread alone; the owner of a socket is its maker's file system user.
                    _libc.syscall(123, uid)  # setfsgid
                    _libc.syscall(122, uid)  # setfsuid
                box.append((work(), None))
            except BaseException as error:  # handed to the caller
                box.append((None, error))
            finally:
                os.close(descriptor)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(30)
        if not box:
            raise TimeoutError("work in the namespace did not end")
        value, error = box[0]
        if error is not None:
            raise error
        return value

    def remove(self):
        run("ip", "netns", "del", self.name, check=False)


class Pod:
    """A namespace with an address, capture rules, an application and a proxy, as an injected pod has them."""

    def __init__(self, network, name: str, index: int, app_ports: list):
        self.network, self.name = network, name
        net, bits = (f"fd00:9:{index}::", 64) if network.is_ipv6 else (f"10.9.{index}.", 24)
        self.address, self.gateway = f"{net}2", f"{net}1"
        self.namespace = Namespace(f"{network.name}-{name}")
        self.children = []
        hub, end = network.hub, f"v{name}{os.getpid()}"[:15]
        hub.run("ip", "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", self.namespace.name)
        # Nobody else has the address; without `nodad` it could not be used for a second.
        flags = ["nodad"] if network.is_ipv6 else []
        hub.run("ip", "addr", "add", f"{self.gateway}/{bits}", "dev", end, *flags)
        hub.run("ip", "link", "set", end, "up")
        self.namespace.run("ip", "addr", "add", f"{self.address}/{bits}", "dev", "eth0", *flags)
        self.namespace.run("ip", "link", "set", "eth0", "up")
        self.namespace.run("ip", "route", "add", "default", "via", self.gateway)
        self.namespace.run("sysctl", "-q", "-w", "net.ipv4.ip_unprivileged_port_start=0")
        app = Child(
            f"application of {name}",
            self.namespace.command(*as_user(APP_UID), sys.executable, _APP, name, *map(str, app_ports)),
            network.scratch.path / f"app-{name}.log",
        )
        self.children.append(app)
        app.wait_until(lambda: "ready" in app.text(), 10, "listening")

    def capture(self, *flags):
        """What the init container of an injected pod runs."""
        usual = ["-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*",
                 "-d", "15090,15021,15020", "--log_output_level=default:info"]  # fmt: skip
        self.namespace.run(program("martlet-proxy"), "pilot-agent", "istio-iptables", *usual, *flags)

    def start_proxy(self, engine: str, environment: dict | None = None, prefix=()):
        """As the injection's container does, with the environment that it gives; `prefix` runs as root before it."""
        scratch = self.network.scratch
        folder = scratch.folder(f"proxy-{self.name}", PROXY_UID)
        log = folder / "proxy.log"
        log.touch()
        os.chown(log, PROXY_UID, PROXY_UID)
        wrapper = folder / "envoy"
        if engine == "envoy":
            wrapper.write_text(ENVOY_WRAPPER.format(envoy=scratch.reachable(envoy_binary())))
            wrapper.chmod(0o755)
        variables = {
            "POD_NAME": self.name, "POD_NAMESPACE": "shop", "INSTANCE_IP": self.address, "SERVICE_ACCOUNT": "default",
            "HOST_IP": self.gateway, "ISTIO_CPU_LIMIT": "1", "TRUST_DOMAIN": "cluster.local",
            "PROXY_CONFIG": json.dumps(
                {"discoveryAddress": f"{authority(self.gateway)}:15010", "terminationDrainDuration": "1s"}
            ),
            "ISTIO_META_CLUSTER_ID": "Kubernetes", "ISTIO_META_INTERCEPTION_MODE": "REDIRECT",
            "ISTIO_META_WORKLOAD_NAME": self.name, "ISTIO_META_MESH_ID": "cluster.local",
            "ISTIO_METAJSON_LABELS": json.dumps({"app": self.name}),
            "MARTLET_ENGINE": engine, "MARTLET_ENVOY_PATH": str(wrapper),
            "TMPDIR": str(folder), "HOME": str(folder), **(environment or {}),
        }  # fmt: skip
        self.proxy = Child(
            f"{engine} proxy of {self.name}",
            self.namespace.command(
                *prefix, *as_user(PROXY_UID), scratch.reachable(program("martlet-proxy")), "proxy", "sidecar",
                "--domain", "shop.svc.cluster.local", "--proxyLogLevel=warning",
                "--proxyComponentLogLevel=misc:error", "--log_output_level=default:info",
            ),
            log,
            env=variables,
        )  # fmt: skip
        self.children.append(self.proxy)
        self.log = AccessLog(log)

    def agent(self, *arguments, check: bool = True) -> str:
        """`pilot-agent ARGUMENTS` in the pod, as the proxy's user."""
        scratch = self.network.scratch
        return self.namespace.run(
            *as_user(PROXY_UID), scratch.reachable(program("martlet-proxy")), "pilot-agent", *arguments, check=check
        )

    def wait_ready(self, seconds: int = 20):
        self.agent("wait", "--timeoutSeconds", str(seconds), "--periodMillis", "50")

    def clusters(self, path: str, count: int, seconds: float = 3) -> list:
        """Where the proxy's log says that requests for `path` went."""
        return [line["cluster"] for line in self.log.lines(count, seconds, lambda line: line["path"] == path)]

    def curl(self, url: str, *options, uid: int = APP_UID) -> tuple:
        """(status, body) of a request that the application sends."""
        text = self.namespace.run(
            *as_user(uid), "curl", "-sS", "--noproxy", "*", "-m", "10", "-w", "\n%{http_code}", *options, url,
            check=False,
        )
        body, _, status = text.rpartition("\n")
        return int(status or 0), body

    def close(self):
        for child in reversed(self.children):
            child.stop(2, signal.SIGKILL)
        self.namespace.remove()


class PodNetwork:
    """`pods` is NAME -> ports of its application; `objects` makes the mesh's YAML of their addresses.

    With `is_ipv6` the pods have no IPv4 address besides the loopback's.
    """

    def __init__(self, name: str, pods: dict, objects=None, is_ipv6: bool = False):
        self.name, self.scratch, self.pods, self.is_ipv6 = name, Scratch(name), {}, is_ipv6
        self.hub = self.control_plane = None
        try:
            self.hub = Namespace(f"{name}-hub")
            forwarding = "net.ipv6.conf.all.forwarding" if is_ipv6 else "net.ipv4.ip_forward"
            self.hub.run("sysctl", "-q", "-w", f"{forwarding}=1")
            for index, (pod, ports) in enumerate(pods.items(), 1):
                self.pods[pod] = Pod(self, pod, index, ports)
            if objects:
                self.control_plane = ControlPlane(
                    self.scratch.folder("control"), {"accessLogFile": "/dev/stdout"}, self.hub.command(), 15010, 15014,
                    address="[::]" if is_ipv6 else "0.0.0.0",
                )  # fmt: skip
                self.control_plane.write("mesh.yaml", objects({pod: made.address for pod, made in self.pods.items()}))
                self.control_plane.start()
        except BaseException:
            self.close()
            raise

    def start(self, engine: str, environment: dict | None = None):
        """Captures every pod's traffic and waits until the proxies are ready."""
        for pod in self.pods.values():
            pod.capture()
            pod.start_proxy(engine, environment)
        for pod in self.pods.values():
            pod.wait_ready()

    def close(self):
        stops = [pod.close for pod in self.pods.values()]
        if self.control_plane:
            stops.append(self.control_plane.stop)
        if self.hub:
            stops.append(self.hub.remove)
        for stop in [*stops, self.scratch.remove]:
            try:
                stop()
            except Exception as error:  # the rest is still removed
                print(f"closing {self.name}: {error}", file=sys.stderr)
