"""`martlet up` as an ordinary user, in a user namespace: Bookinfo comes up, answers and goes without a trace."""
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness.http_client import Client, request_bytes
from harness.programs import program
from up.host_state import HostState
from up.mesh import SAMPLES, Mesh

pytestmark = pytest.mark.needs_root

USER = "martlet-test"
PROGRAMS = ["martlet", "martletd", "martlet-proxy", "martlet-samples"]


def root(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"


@pytest.fixture(scope="module")
def user():
    """An account with a range of ids; only for this module."""
    for tool in ["useradd", "newuidmap"]:
        if not shutil.which(tool):
            pytest.skip(f"needs {tool} to make and use a user with a range of ids: run `make setup`")
    if USER in [entry.pw_name for entry in pwd.getpwall()]:
        root("userdel", "--remove", USER)
    root("useradd", "--create-home", "--shell", "/bin/sh", USER)
    try:
        for file, option in [("/etc/subuid", "--add-subuids"), ("/etc/subgid", "--add-subgids")]:
            if not any(line.startswith(f"{USER}:") for line in Path(file).read_text().splitlines()):
                root("usermod", option, "2000000-2065535", USER)
        yield pwd.getpwnam(USER)
    finally:
        root("userdel", "--remove", USER)


@pytest.fixture(scope="module")
def programs():
    """Where another user may read the programs. Not below /tmp, which each pod has its own of."""
    folder = program("martlet").parent
    if all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.parents]):
        yield folder
        return
    copies = Path(tempfile.mkdtemp(prefix="martlet-", dir="/var/lib"))
    copies.chmod(0o755)
    try:
        for name in PROGRAMS:
            shutil.copy2(program(name), copies / name)
        for resources in folder.glob("*.resources"):
            shutil.copytree(resources, copies / resources.name)
        shutil.copytree(SAMPLES, copies / "Samples")
        yield copies
    finally:
        shutil.rmtree(copies)


def as_user(user, *words) -> list:
    who = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--init-groups", "--reset-env"]
    return ["setpriv", *who, *map(str, words)]


class RootlessMesh(Mesh):
    def __init__(self, user, programs: Path):
        self.user, self.programs = user, programs
        super().__init__("swift", ("bookinfo",), "rootless")

    def start(self, seconds: float = 60):
        os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        super().start(seconds)

    def command(self) -> list:
        words = [self.programs / "martlet", *super().command()[1:]]
        return as_user(self.user, *words)


def test_bookinfo_without_root(user, programs):
    mesh = RootlessMesh(user, programs)
    try:
        mesh.note(f"rootless: Bookinfo answers after {mesh.start_seconds:.1f} s")
        client = Client("127.0.0.1", mesh.gateway_port)
        response = client.request(request_bytes(path="/productpage", host="localhost"))
        client.close()
        assert response.status == 200 and b"The Comedy of Errors" in response.body
        assert all("2/2" in line for line in mesh.kubectl("get", "pods", "--no-headers").lines)
        inside = mesh.kubectl("exec", "deploy/details-v1", "-c", "details", "--", "curl", "-sS", "-i",
                              "http://reviews:9080/reviews/0").out  # fmt: skip
        assert "200" in inside.splitlines()[0] and "x-envoy" in inside
        state = HostState(mesh)
        own = {Path(f"/proc/{pid}").stat().st_uid for pid in state.pids}
        assert 0 not in own and user.pw_uid in own
        mesh.stop()
        state.assert_gone()
    finally:
        mesh.remove()


def test_a_user_without_a_range_of_ids_is_told_how_to_get_one(user, programs):
    saved = {file: Path(file).read_text() for file in ["/etc/subuid", "/etc/subgid"]}
    try:
        for file, text in saved.items():
            Path(file).write_text("".join(line for line in text.splitlines(True) if not line.startswith(f"{USER}:")))
        done = subprocess.run(
            as_user(user, programs / "martlet", "up", "--home", f"{user.pw_dir}/none", "--gateway-port", "0"),
            capture_output=True, text=True, timeout=20,
        )  # fmt: skip
    finally:
        for file, text in saved.items():
            Path(file).write_text(text)
    assert done.returncode == 1 and "/etc/subuid must give martlet-test a range of ids" in done.stderr
    assert "usermod --add-subuids" in done.stderr
