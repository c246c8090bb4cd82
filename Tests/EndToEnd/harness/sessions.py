"""Sessions of TLS that are kept and shown again."""
import ssl

from .http_client import BrokenResponse, Client


class KeptSession:
    """Takes the place of an `ssl.SSLContext` with a `Client`: shows the last session that `keep` took."""

    def __init__(self, context: ssl.SSLContext):
        self.context, self.session = context, None

    def wrap_socket(self, plain, server_hostname: str | None = None) -> ssl.SSLSocket:
        return self.context.wrap_socket(plain, server_hostname=server_hostname, session=self.session)

    def keep(self, client: Client):
        """In TLS 1.3 a session comes with the first bytes that are read."""
        self.session = client.socket.session


def ask(tls, address: str, port: int, source: str | None, request: bytes) -> tuple:
    """(status, whether the session was resumed); (None, False) when there is no connection."""
    try:
        client = Client(address, port, source, 5, tls=tls)
    except (BrokenResponse, OSError):
        return None, False
    try:
        answer = client.request(request)
        reused = client.socket.session_reused
        if isinstance(tls, KeptSession):
            tls.keep(client)
        return answer.status, reused
    except (BrokenResponse, OSError):
        return None, False
    finally:
        client.close()
