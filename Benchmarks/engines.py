"""The four engines and the server behind them, each started as one worker on one CPU."""
import os
import signal
import time
import urllib.error
import urllib.request

import process_cost
import scenarios
from harness.control_plane import ControlPlane
from harness.programs import Child, Scratch, free_port
from harness.sidecar import Sidecar

#: With one CPU there is nothing to keep apart.
PROXY_CPU, LOAD_CPU = (["taskset", "-c", "0"], ["taskset", "-c", "1"]) if os.cpu_count() > 1 else ([], [])

HOST = scenarios.HOST

_NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    {http}
}}
"""

_NGINX_SERVER = """
    server {{ {listen} location / {{ return 200 "{body}"; }} }}
"""

_NGINX_PROXY = """
    upstream up {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 100000000; keepalive_timeout 600s; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
"""

_HAPROXY = """
global
    nbthread 1
    maxconn 4096
    stats socket {folder}/socket
defaults
    mode http
    timeout connect 5s
    timeout client 600s
    timeout server 600s
    option http-keep-alive
    option forwardfor
    http-reuse always
frontend in
    bind 127.0.0.1:{port}
    default_backend up
backend up
    server up 127.0.0.1:{upstream}
"""


def answers(port: int, seconds: float = 20, path: str = "/", status: int = 200):
    """Waits until a request through `port` is answered with `status`."""
    deadline = time.monotonic() + seconds
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": HOST})
            with opener.open(request, timeout=2) as answer:
                last = answer.status
        except urllib.error.HTTPError as error:
            last = error.code
        except OSError as error:
            last = error
        if last == status:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {status} from {port}: {last}")
        time.sleep(0.05)


class Bench:
    """The server and the control plane, which run all the time; `start` runs one engine."""

    def __init__(self, scenario=None, control_plane_prefix=LOAD_CPU):
        """`scenario` makes a mesh of the ports of service and server; without one it is a single endpoint."""
        self.scratch = Scratch("bench")
        self.children = []
        self.control_plane = None
        try:
            self.upstream = free_port()
            self.service = free_port()
            self.scenario = scenario(self.service, self.upstream) if scenario else None
            addresses = self.scenario.addresses if self.scenario else ["127.0.0.1"]
            listen = " ".join(f"listen {address}:{self.upstream} backlog=4096;" for address in addresses)
            server = _NGINX_SERVER.format(listen=listen, body="x" * 1024)
            self.nginx("upstream", server, LOAD_CPU)
            answers(self.upstream)
            self.control_plane = ControlPlane(self.scratch.folder("control"), prefix=control_plane_prefix)
            text = self.scenario.mesh if self.scenario else mesh(self.service, self.upstream)
            self.control_plane.write("bench.yaml", text)
            self.control_plane.start()
        except BaseException:
            self.close()
            raise

    def nginx(self, name: str, http: str, cpu: list) -> Child:
        folder = self.scratch.folder(name)
        configuration = folder / "nginx.conf"
        configuration.write_text(_NGINX.format(folder=folder, http=http))
        child = Child(
            name, cpu + ["nginx", "-p", folder, "-c", configuration, "-e", folder / "error.log"], folder / "log"
        )
        self.children.append(child)
        return child

    def start(self, engine: str):
        """(port, PID to measure, stop)"""
        port = free_port()
        if engine == "nginx":
            child = self.nginx("proxy", _NGINX_PROXY.format(port=port, upstream=self.upstream), PROXY_CPU)
            process = "nginx"
        elif engine == "haproxy":
            folder = self.scratch.folder("haproxy")
            configuration = folder / "haproxy.cfg"
            configuration.write_text(_HAPROXY.format(folder=folder, port=port, upstream=self.upstream))
            child = Child("haproxy", PROXY_CPU + ["haproxy", "-db", "-f", configuration], folder / "log")
            self.children.append(child)
            process = "haproxy"
        else:
            port = self.service
            sidecar = Sidecar(
                self.scratch, {"martlet": "swift", "envoy": "envoy"}[engine], CALLER, self.control_plane.xds_port,
                PROXY_CPU, free_port(), {"INTERCEPTION_MODE": "NONE"},
            )  # fmt: skip
            child = sidecar.child
            self.children.append(child)
            child.wait_until(sidecar.ready, 60, "ready")
            process = {"martlet": "martlet-proxy", "envoy": "envoy"}[engine]
        try:
            answers(port, path=self.scenario.path if self.scenario else "/")
        except TimeoutError as error:
            raise RuntimeError(f"{engine}: {error}\n{child.text()}") from None

        def stop():
            child.stop(2, signal.SIGKILL)
            self.children.remove(child)

        return port, process_cost.named_below(child.pid, process), stop

    def close(self):
        for child in self.children:
            child.stop(1, signal.SIGKILL)
        if self.control_plane:
            self.control_plane.stop()
        self.scratch.remove()


CALLER = {
    "metadata": {"name": "caller", "namespace": "default", "labels": {"app": "caller"}},
    "spec": {"containers": []},
    "status": {"podIP": "127.0.0.1"},
}


def mesh(service_port: int, upstream_port: int) -> str:
    return scenarios.service("bench", "10.96.0.10", service_port, upstream_port, ["127.0.0.1"])
