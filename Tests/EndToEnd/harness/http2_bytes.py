"""HTTP/2 (RFC 9113) by the byte, as far as hostile clients need it: frames, and headers without compression."""

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def header(name: str, value: str) -> bytes:
    """A literal that is not remembered (RFC 7541 section 6.2.2)."""

    def text(one: str) -> bytes:
        data = one.encode()
        assert len(data) < 127
        return bytes([len(data)]) + data

    return b"\0" + text(name) + text(value)


def grpc_call(path: str, stream: int = 1, **more) -> bytes:
    """The HEADERS frame that begins a call."""
    fields = {
        ":method": "POST", ":scheme": "https", ":path": path, ":authority": "istiod", "content-type": "application/grpc",
        "te": "trailers", **more,
    }  # fmt: skip
    block = b"".join(header(name, value) for name, value in fields.items() if len(value) < 127)
    return frame(HEADERS, END_HEADERS, stream, block)


def frames(data: bytes):
    """(kind, flags, stream, payload) of every whole frame."""
    while len(data) >= 9 and len(data) >= (end := 9 + int.from_bytes(data[:3], "big")):
        yield data[3], data[4], int.from_bytes(data[5:9], "big") & 0x7FFFFFFF, data[9:end]
        data = data[end:]
