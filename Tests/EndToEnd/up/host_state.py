"""What a cluster has on this machine while it runs, and whether any of it is left afterwards."""
import os
import socket
import subprocess
from pathlib import Path

from harness.cluster import eventually
from harness.programs import descendants


def _namespace(pid: int, kind: str) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    except OSError:
        return None


def _all_pids() -> list:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def first_process(outer: int) -> int:
    """The cluster's process 1: the last of the chain that `martlet up` starts."""
    own = _namespace(os.getpid(), "pid")
    waiting = [outer]
    while waiting:
        pid = waiting.pop(0)
        if _namespace(pid, "pid") not in (own, None):
            return pid
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    raise AssertionError(f"process {outer} has no cluster below it")


def run(*words) -> str:
    return subprocess.run(words, capture_output=True, text=True, timeout=20).stdout


class HostState:
    """Taken while the cluster runs."""

    def __init__(self, cluster):
        self.home = str(cluster.home)
        self.outer = cluster.child.pid
        self.inner = first_process(self.outer)
        own = {kind: _namespace(os.getpid(), kind) for kind in ["pid", "net", "mnt"]}
        self.pids = [self.inner, *descendants(self.inner)]
        self.namespaces = {
            name for pid in self.pids for kind in own if (name := _namespace(pid, kind)) not in (own[kind], None)
        }
        self.ports = [cluster.gateway_port, int(cluster.dashboard.rsplit(":", 1)[1].strip("/"))]
        servers = [line for line in cluster.kubeconfig.read_text().splitlines() if "server:" in line]
        self.ports += [int(line.rsplit(":", 1)[1]) for line in servers]
        self.groups = self._groups()
        assert len(self.pids) > 3 and len(self.namespaces) > 3 and all(map(self._listens, self.ports))

    def _groups(self) -> set:
        """Control groups that the cluster's processes are in and this one is not."""
        found = set()
        for pid in self.pids:
            try:
                found |= set(Path(f"/proc/{pid}/cgroup").read_text().splitlines())
            except OSError:
                continue
        own = set(Path("/proc/self/cgroup").read_text().splitlines())
        return {line.split(":", 2)[2] for line in found - own}

    @staticmethod
    def _listens(port: int) -> bool:
        with socket.socket() as one:
            one.settimeout(2)
            return one.connect_ex(("127.0.0.1", port)) == 0

    def left(self) -> list:
        """What is still there of it, in words."""
        left = [f"process {pid} {run('ps', '-o', 'args=', '-p', str(pid)).strip()[:80]}" for pid in _all_pids()
                if _namespace(pid, "pid") in self.namespaces]  # fmt: skip
        if Path(f"/proc/{self.outer}").exists() and "martlet" in run("ps", "-o", "args=", "-p", str(self.outer)):
            if "Z" not in run("ps", "-o", "stat=", "-p", str(self.outer)):
                left.append(f"the outer process {self.outer}")
        numbers = {name.split("[")[1].rstrip("]") for name in self.namespaces}
        left += [f"namespace {line}" for line in run("lsns", "-n", "-o", "NS,TYPE,PID,COMMAND").splitlines()
                 if line.split()[0] in numbers]  # fmt: skip
        named = Path("/run/netns")
        if named.exists():
            left += [f"/run/netns/{one.name}" for one in named.iterdir() if str(one.stat().st_ino) in numbers]
        left += [f"mount {line}" for line in Path("/proc/self/mounts").read_text().splitlines() if self.home in line]
        left += [f"port {port}" for port in self.ports if self._listens(port)]
        left += [f"control group {group}" for group in self.groups if Path(f"/sys/fs/cgroup{group}").exists()]
        left += [f"rule {line.strip()}" for line in run("nft", "list", "ruleset").splitlines()
                 if "10.96.0." in line or "10.244." in line or "15001" in line]  # fmt: skip
        routes = run("ip", "route", "show", "table", "all").splitlines()
        left += [f"route {line}" for line in routes if "10.244." in line]
        return left

    def assert_gone(self, seconds: float = 30):
        def gone():
            left = self.left()
            assert not left, "\n".join(left)
            return True

        eventually(gone, seconds)
