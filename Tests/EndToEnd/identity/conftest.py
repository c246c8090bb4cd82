"""A control plane with an authority in a folder, and an issuer of tokens that it believes."""
from types import SimpleNamespace

import grpc
import pytest

from harness.certificates import TokenIssuer
from harness.control_plane import ControlPlane
from harness.programs import Scratch


class Plane:
    """A running martletd; `channel` is a connection that trusts its root."""

    def __init__(self, folder, arguments=(), mesh=None):
        self.folder = folder
        self.issuer = TokenIssuer(folder)
        self.authority = folder / "ca"
        self.control = ControlPlane(
            folder, mesh,
            arguments=["--ca-dir", self.authority, "--token-public-keys", self.issuer.jwks, *arguments],
        ).start()  # fmt: skip

    @property
    def root(self) -> str:
        return (self.authority / "root-cert.pem").read_text()

    def channel(self, root: str | None = None, certificate: str | None = None, private_key: str | None = None,
                host: str = "127.0.0.1"):  # fmt: skip
        credentials = grpc.ssl_channel_credentials(
            (root or self.root).encode(),
            private_key.encode() if private_key else None,
            certificate.encode() if certificate else None,
        )
        options = [("grpc.use_local_subchannel_pool", 1)]
        return grpc.secure_channel(f"{host}:{self.control.secure_port}", credentials, options=options)

    def log(self) -> str:
        return self.control.child.text(last=1 << 20)


@pytest.fixture(scope="module")
def plane():
    scratch = Scratch("identity")
    one = Plane(scratch.path)
    yield one
    one.control.stop()
    scratch.remove()


@pytest.fixture
def fresh_plane():
    """One of the test's own, started with `start(arguments, mesh)`."""
    scratch = Scratch("identity")
    started = []

    def start(*arguments, mesh=None):
        started.append(Plane(scratch.path, arguments, mesh))
        return started[-1]

    yield SimpleNamespace(start=start, folder=scratch.path)
    for one in started:
        one.control.stop()
    scratch.remove()
