"""A client on bare sockets: it can send what no library would, and shows what came back byte for byte."""
import socket
import ssl
import time
from dataclasses import dataclass, field


class BrokenResponse(Exception):
    """The peer closed or sent what is no HTTP/1.1 response; `received` is all of it."""

    def __init__(self, why: str, received: bytes):
        super().__init__(f"{why}; received {received[:300]!r}")
        self.received = received


@dataclass
class Response:
    status: int
    reason: str
    headers: list
    body: bytes
    seconds: float
    interim: list = field(default_factory=list)

    def values(self, name: str) -> list:
        return [value for key, value in self.headers if key == name.lower()]

    def value(self, name: str):
        found = self.values(name)
        return found[0] if found else None


class Client:
    """One connection."""

    def __init__(self, address: str, port: int, source: str | None = None, seconds: float = 15, tls=None, sni=None):
        self.socket = socket.create_connection((address, port), timeout=seconds, source_address=(source or "", 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls, self.sni = tls, sni
        if tls is not None:
            try:
                self.socket = tls.wrap_socket(self.socket, server_hostname=sni)
            except (ssl.SSLError, ConnectionError) as error:
                raise BrokenResponse(f"no handshake: {error}", b"") from None
        self.address, self.port, self.source = address, port, source
        self.buffer = b""

    def close(self):
        self.socket.close()

    def send(self, data: bytes):
        self.started = time.monotonic()
        self.socket.sendall(data)

    def request(self, data: bytes, method: str = "GET") -> Response:
        self.send(data)
        return self.response(method)

    def response(self, method: str = "GET") -> Response:
        interim = []
        while True:
            status, reason, headers = self._head()
            if status >= 200 or status == 101:
                break
            interim.append(status)
        body = b"" if method == "HEAD" else self._body(status, headers)
        return Response(status, reason, headers, body, time.monotonic() - self.started, interim)

    def wait_closed(self, seconds: float = 5) -> bool:
        """True when the peer closes without sending more."""
        self.socket.settimeout(seconds)
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except (ConnectionError, ssl.SSLError):
            return True
        except TimeoutError:
            return False

    def read_until_closed_or_idle(self, seconds: float) -> bytes:
        self.socket.settimeout(seconds)
        try:
            while data := self.socket.recv(65536):
                self.buffer += data
        except (TimeoutError, ConnectionError):
            pass
        return self.buffer

    def line(self) -> bytes:
        return self._until(b"\n")

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            raise BrokenResponse("no answer in time", self.buffer) from None
        except (ConnectionError, ssl.SSLError) as error:
            # In TLS 1.3 a client learns only now that its certificate was refused.
            raise BrokenResponse(str(error), self.buffer) from None
        if not data:
            raise BrokenResponse("closed", self.buffer)
        self.buffer += data

    def _until(self, mark: bytes) -> bytes:
        while (end := self.buffer.find(mark)) < 0:
            self._more()
        taken, self.buffer = self.buffer[: end + len(mark)], self.buffer[end + len(mark) :]
        return taken

    def _exactly(self, count: int) -> bytes:
        parts, have = [self.buffer], len(self.buffer)
        self.buffer = b""
        while have < count:
            self._more()
            parts.append(self.buffer)
            have += len(self.buffer)
            self.buffer = b""
        data = b"".join(parts)
        self.buffer = data[count:]
        return data[:count]

    def _head(self):
        head = self._until(b"\r\n\r\n")
        lines = head[:-4].decode("latin-1").split("\r\n")
        version, _, rest = lines[0].partition(" ")
        if not version.startswith("HTTP/1."):
            raise BrokenResponse("no status line", head)
        status, _, reason = rest.partition(" ")
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.append((name.lower(), value.strip(" \t")))
        return int(status), reason, headers

    def _body(self, status: int, headers: list) -> bytes:
        values = dict(headers)
        if status in (204, 304) or status == 101:
            return b""
        if "chunked" in values.get("transfer-encoding", ""):
            parts = []
            while size := int(self._until(b"\r\n").split(b";")[0], 16):
                parts.append(self._exactly(size))
                self._exactly(2)
            while self._until(b"\r\n") != b"\r\n":
                pass
            return b"".join(parts)
        if "content-length" in values:
            return self._exactly(int(values["content-length"]))
        try:
            while True:
                self._more()
        except BrokenResponse as end:
            if "closed" not in str(end):
                raise
        data, self.buffer = self.buffer, b""
        return data


def request_bytes(method="GET", path="/", host=None, headers=None, body=None, chunked=False) -> bytes:
    """The bytes of a request; header values may be lists."""
    lines = [f"{method} {path} HTTP/1.1"]
    if host is not None:
        lines.append(f"Host: {host}")
    for name, value in (headers or {}).items():
        for one in value if isinstance(value, list) else [value]:
            lines.append(f"{name}: {one}")
    data = b""
    if body is not None:
        if chunked:
            lines.append("Transfer-Encoding: chunked")
            pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
            data = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        else:
            lines.append(f"Content-Length: {len(body)}")
            data = body
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data
