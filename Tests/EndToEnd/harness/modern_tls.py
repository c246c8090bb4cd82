"""TLS by the OpenSSL that `cryptography` brings: post-quantum key shares, and a first flight in any pieces.

Python's own `ssl` uses the system's OpenSSL, which may be too old for either.
"""
import socket
import ssl

from OpenSSL import SSL

_VERSIONS = {"1.2": SSL.TLS1_2_VERSION, "1.3": SSL.TLS1_3_VERSION}


class ModernTLS:
    """Takes the place of an `ssl.SSLContext` with a `Client`; the peer is not verified.

    `piece` is how many bytes are sent at a time, `record` how many of the ClientHello stand in one TLS record; 0 is all.
    """

    def __init__(self, folder=None, alpn=(), only: str | None = None, piece: int = 0, record: int = 0):
        self.context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        self.piece, self.record = piece, record
        if only is not None:
            self.context.set_min_proto_version(_VERSIONS[only])
            self.context.set_max_proto_version(_VERSIONS[only])
        if folder is not None:
            self.context.use_certificate_chain_file(str(folder / "cert-chain.pem"))
            self.context.use_privatekey_file(str(folder / "key.pem"))
        if alpn:
            self.context.set_alpn_protos([name.encode("latin-1") for name in alpn])

    def wrap_socket(self, plain, server_hostname: str | None = None) -> "ModernSocket":
        return ModernSocket(plain, self, server_hostname)

    def connection(self, server_hostname: str | None) -> SSL.Connection:
        made = SSL.Connection(self.context, None)
        made.set_connect_state()
        if server_hostname:
            made.set_tlsext_host_name(server_hostname.encode())
        return made


class ModernSocket:
    """What a `Client` uses of a socket."""

    def __init__(self, plain: socket.socket, tls: ModernTLS, server_hostname: str | None):
        self.plain, self.tls = plain, tls
        self.connection = tls.connection(server_hostname)
        self.hello = b""
        self._work(self.connection.do_handshake)

    def peer_names(self) -> list:
        """DNS names and URIs of the server's certificate."""
        certificate = self.connection.get_peer_certificate().to_cryptography()
        names = next(one.value for one in certificate.extensions if one.oid.dotted_string == "2.5.29.17")
        return [name.value for name in names]

    def recv(self, size: int) -> bytes:
        return self._work(lambda: self.connection.recv(size))

    def sendall(self, data: bytes):
        while data:
            data = data[self._work(lambda: self.connection.send(data)) :]

    def settimeout(self, seconds: float):
        self.plain.settimeout(seconds)

    def close(self):
        self.plain.close()

    def _work(self, step):
        while True:
            try:
                value = step()
            except SSL.WantReadError:
                self._flush()
                data = self.plain.recv(65536)
                if not data:
                    raise ConnectionResetError("closed") from None
                self.connection.bio_write(data)
                continue
            except SSL.ZeroReturnError:
                return b""
            except SSL.Error as error:
                raise ssl.SSLError(str(error)) from None
            self._flush()
            return value

    def _flush(self):
        try:
            data = self.connection.bio_read(1 << 20)
        except SSL.WantReadError:
            return
        if not self.hello:
            self.hello = data
            data = in_records(data, self.tls.record)
        in_pieces(self.plain, data, self.tls.piece)


def in_records(hello: bytes, size: int) -> bytes:
    """A ClientHello of one record in records of `size` bytes (RFC 8446 section 5.1)."""
    message = hello[5:]
    if not size:
        return hello
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(hello[:3] + len(part).to_bytes(2, "big") + part for part in parts)


def in_pieces(plain, data: bytes, size: int):
    """Sends `data`, each piece in a packet of its own."""
    for at in range(0, len(data), size or len(data) or 1):
        plain.sendall(data[at : at + size] if size else data)
