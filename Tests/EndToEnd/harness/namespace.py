"""A network namespace that answers for every address of a mesh, with a sidecar's capture rules."""
import ctypes
import os
import queue
import shutil
import subprocess
import threading
from pathlib import Path

from .programs import PROXY_UID

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000

#: What lies on `lo`: pods, VIPs, and addresses that stand for the world outside.
MESH_ADDRESSES = ["10.0.0.0/8", "172.30.0.0/15", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "240.240.0.0/16"]


class NetworkNamespace:
    """Every address of the mesh is local: pods are told apart by the address they listen on.

    `names` are what its programs know by name: NAME -> addresses.
    """

    def __init__(self, name: str, names: dict | None = None):
        self.name = f"martlet-{name}-{os.getpid()}"
        # `ip netns exec` mounts what is here over /etc.
        self._etc = Path("/etc/netns") / self.name
        if names:
            self._etc.mkdir(parents=True)
            lines = ["127.0.0.1 localhost"]
            lines += [f"{address} {host}" for host, addresses in names.items() for address in addresses]
            (self._etc / "hosts").write_text("\n".join(lines) + "\n")
            # Nobody else is asked: a name that is not here is unknown at once.
            (self._etc / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        _run("ip", "netns", "add", self.name)
        try:
            self.run("ip", "link", "set", "lo", "up")
            for addresses in MESH_ADDRESSES:
                self.run("ip", "route", "add", "local", addresses, "dev", "lo")
            self.run("sysctl", "-q", "-w", "net.ipv4.ip_unprivileged_port_start=0")
        except BaseException:
            self.remove()
            raise
        self._work = queue.SimpleQueue()
        threading.Thread(target=self._inside, daemon=True).start()

    def command(self, *command) -> list:
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command):
        _run(*self.command(*command))

    def capture(self, pod_address: str):
        """Redirects what the pod sends to 15001 and what is sent to it to 15006, except for the proxy's own."""
        self.release()
        for rule in [
            ["-m", "owner", "--uid-owner", str(PROXY_UID), "-j", "RETURN"],
            ["-d", "127.0.0.0/8", "-j", "RETURN"],
            ["-d", pod_address, "-j", "REDIRECT", "--to-ports", "15006"],
            ["-j", "REDIRECT", "--to-ports", "15001"],
        ]:
            self.run("iptables", "-w", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", *rule)

    def lose(self, address: str):
        """Nothing that is sent to the address arrives, and nobody is told."""
        self.run("iptables", "-w", "-A", "INPUT", "-d", address, "-j", "DROP")

    def release(self):
        self.run("iptables", "-w", "-t", "nat", "-F", "OUTPUT")

    def inside(self, work, *arguments):
        """Calls `work` on a thread that lives in the namespace: the sockets it makes are of the namespace."""
        answer = queue.SimpleQueue()
        self._work.put((work, arguments, answer))
        value, error = answer.get()
        if error is not None:
            raise error
        return value

    def _inside(self):
        descriptor = os.open(f"/var/run/netns/{self.name}", os.O_RDONLY)
        failed = _libc.setns(descriptor, _CLONE_NEWNET) != 0
        os.close(descriptor)
        while (item := self._work.get()) is not None:
            work, arguments, answer = item
            try:
                if failed:
                    raise OSError("setns failed")
                answer.put((work(*arguments), None))
            except BaseException as error:  # handed to the caller
                answer.put((None, error))

    def remove(self):
        if hasattr(self, "_work"):
            self._work.put(None)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, timeout=20)
        shutil.rmtree(self._etc, ignore_errors=True)


def _run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
