#!/usr/bin/env python3
"""Echo servers: `echo_server.py FILE`, where FILE is JSON [{"name", "address", "ports", "tries", "headers"}]; prints "ready".

What a server answers, and what a request may ask for, is in Tests/Fixtures/conformance/README.md. Every request that came
whole is told as a line of JSON on the standard output, before it is answered.
"""
import asyncio
import hashlib
import itertools
import json
import socket
import ssl
import sys
from collections import Counter

_LIMIT = 1 << 20
_METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"OPTIONS ", b"TRACE ", b"CONNECT ")
_REASONS = {200: "OK", 204: "No Content", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable"}
#: Longer than any client of the tests waits.
_HANG = 30

#: Tries of one request, by its id, on whichever server.
_tries = Counter()
_connections = itertools.count(1)


class Step:
    """What a server does with one try: `503`, `200+NAME=VALUE`, `hang`, `reset` or `cut`; `@300ms` waits before it."""

    def __init__(self, text: str):
        text, _, delay = text.partition("@")
        self.text, *headers = text.split("+")
        self.headers = [header.replace("=", ": ", 1) for header in headers]
        self.delay = _HANG if self.text == "hang" else int(delay.removesuffix("ms") or 0) / 1000

    @property
    def status(self) -> str | None:
        return self.text if self.text.isdecimal() else None


def step(script: str, identity: str) -> Step:
    """The step that is due: of its last one there is no end."""
    steps = script.split()
    _tries[identity] += 1
    return Step(steps[min(_tries[identity], len(steps)) - 1])


def chunks(body: bytes, size: int) -> bytes:
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def context_of(tls: dict) -> ssl.SSLContext:
    """A server that shows the certificate of `folder`; `mutual` asks for one that its root signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{tls['folder']}/cert-chain.pem", f"{tls['folder']}/key.pem")
    context.load_verify_locations(f"{tls['folder']}/root-cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED if tls.get("mutual", True) else ssl.CERT_NONE
    # What a sidecar of Istio chooses of, without HTTP/2.
    context.set_alpn_protocols(["istio-http/1.1", "istio", "http/1.1", "istio-peer-exchange"])
    context.sni_callback = lambda object, name, _: setattr(object, "asked_name", name or "")
    return context


class Connection:
    def __init__(self, server, address, reader, writer):
        self.tls = None
        if (spoken := writer.get_extra_info("ssl_object")) is not None:
            names = (spoken.getpeercert() or {}).get("subjectAltName", ())
            self.tls = {
                "sni": getattr(spoken, "asked_name", ""), "alpn": spoken.selected_alpn_protocol() or "",
                "version": spoken.version(), "peer": [value for kind, value in names if kind == "URI"],
            }  # fmt: skip
        self.name, self.script, self.address = server["name"], server.get("tries"), address
        self.headers = [f"{name}: {value}" for name, value in server.get("headers", {}).items()]
        self.reader, self.writer, self.number = reader, writer, next(_connections)

    async def serve(self):
        try:
            line = await self.reader.readuntil(b"\n")
            if line.startswith(_METHODS) or b" HTTP/1." in line:
                while await self.request(line):
                    line = await self.reader.readuntil(b"\n")
            else:
                while line:
                    self.writer.write(self.name.encode() + b" " + line)
                    await self.writer.drain()
                    line = await self.reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            pass
        finally:
            self.writer.close()

    async def request(self, line: bytes) -> bool:
        method, path, version = line.decode("latin-1").rstrip("\r\n").split(" ", 2)
        headers = []
        while (line := await self.reader.readuntil(b"\n")) not in (b"\r\n", b"\n"):
            name, _, value = line.decode("latin-1").rstrip("\r\n").partition(":")
            headers.append([name.lower(), value.strip(" \t")])
        asked = {name[7:]: value for name, value in headers if name.startswith("x-echo-")}
        last = {name: value for name, value in headers}
        if last.get("expect", "").lower() == "100-continue" and "no-continue" not in asked:
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await self.writer.drain()
        if "leave" in asked:
            self.writer.transport.abort()
            return False
        if "unread" in asked:
            await asyncio.sleep(_HANG)
        digest, size, start, trailers = await self.body(last)
        seen = {
            "server": self.name, "address": self.address, "method": method, "path": path, "version": version,
            "headers": headers, "bodyBytes": size, "body": start.decode("latin-1"), "sha256": digest,
            "trailers": trailers, "connection": self.number, "tls": self.tls,
        }  # fmt: skip
        print(json.dumps(seen), flush=True)
        script = asked.get("tries", self.script)
        now = Step("") if script is None else step(script, last.get("x-request-id", ""))
        if delay := now.delay or int(asked.get("delay-ms", "0")) / 1000:
            await asyncio.sleep(delay)
        if "reset" in asked or now.text == "reset":
            return False
        status = int(now.status or asked.get("status", "200"))
        filler, body = int(asked.get("bytes", "0")), b""
        if not filler:
            body = json.dumps(seen).encode()
        head = [
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}", f"x-echo-server: {self.name}",
            "content-type: application/json", *self.headers, *now.headers,
        ]  # fmt: skip
        head += [
            value.replace("=", ": ", 1) for name, value in headers if name == "x-echo-header"
        ]
        bodiless = status in (204, 304) or 100 <= status < 200
        chunked = "chunked" in asked and not bodiless
        if chunked:
            head.append("transfer-encoding: chunked")
        elif not bodiless:
            head.append(f"content-length: {filler or len(body)}")
        keeps = "close" not in asked and last.get("connection", "").lower() != "close"
        if not keeps:
            head.append("connection: close")
        self.writer.write(("\r\n".join(head) + "\r\n\r\n").encode("latin-1"))
        if now.text == "cut":
            self.writer.write(body[: len(body) // 2])
            await self.writer.drain()
            return False
        if method != "HEAD" and not bodiless:
            piece = int(asked.get("chunk-bytes", 1 << 20))
            while filler:
                body, filler = b"x" * min(filler, 1 << 20), max(0, filler - (1 << 20))
                self.writer.write(chunks(body, piece) if chunked else body)
                await self.writer.drain()
                body = b""
            if chunked:
                self.writer.write((b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n")
            else:
                self.writer.write(body)
        await self.writer.drain()
        return keeps

    async def body(self, headers):
        """Reads the body: its SHA-256, its size, its first 4 KiB, and the trailers."""
        digest, size, start, trailers = hashlib.sha256(), 0, b"", []
        if "chunked" in headers.get("transfer-encoding", "").lower():
            while length := int((await self.reader.readuntil(b"\n")).split(b";")[0], 16):
                data = await self.reader.readexactly(length)
                await self.reader.readexactly(2)
                digest.update(data)
                size, start = size + length, (start + data)[:4096]
            while (line := await self.reader.readuntil(b"\n")) not in (b"\r\n", b"\n"):
                trailers.append(line.decode("latin-1").strip())
        else:
            left = int(headers.get("content-length", "0"))
            while left:
                data = await self.reader.read(min(left, 1 << 16))
                if not data:
                    raise ConnectionError
                digest.update(data)
                size, start, left = size + len(data), (start + data)[:4096], left - len(data)
        return digest.hexdigest(), size, start, trailers


async def listen(accept, address, port, context):
    """A server of both: TLS for those who begin it, plaintext for others, as its own sidecar speaks to it."""
    loop = asyncio.get_running_loop()
    listener = socket.create_server((address, port), backlog=256)
    listener.setblocking(False)

    async def serve(one):
        try:
            first = b""
            while not first:
                waiter = loop.create_future()
                loop.add_reader(one.fileno(), lambda: waiter.done() or waiter.set_result(None))
                await waiter
                loop.remove_reader(one.fileno())
                first = one.recv(1, socket.MSG_PEEK)
                if not first:
                    return one.close()
            reader = asyncio.StreamReader(limit=_LIMIT)
            protocol = asyncio.StreamReaderProtocol(reader, accept)
            spoken = context if first == b"\x16" else None
            await loop.connect_accepted_socket(lambda: protocol, one, ssl=spoken)
        except (OSError, ssl.SSLError) as error:
            print(json.dumps({"refused": str(error), "address": f"{address}:{port}"}), file=sys.stderr, flush=True)
            one.close()

    while True:
        one, _ = await loop.sock_accept(listener)
        one.setblocking(False)
        asyncio.create_task(serve(one))


async def main(path):
    servers = json.load(open(path))
    for server in servers:
        for port in server["ports"]:

            async def accept(reader, writer, server=server, address=f"{server['address']}:{port}"):
                await Connection(server, address, reader, writer).serve()

            if "tls" in server:
                asyncio.create_task(listen(accept, server["address"], port, context_of(server["tls"])))
            else:
                await asyncio.start_server(accept, server["address"], port, limit=_LIMIT)
    await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except KeyboardInterrupt:
        pass
