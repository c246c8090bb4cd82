#!/usr/bin/env python3
"""Echo servers: `echo_server.py FILE`, where FILE is JSON [{"name", "address", "ports"}]; prints "ready".

What a server answers, and what a request may ask for, is in Tests/Fixtures/conformance/README.md.
"""
import asyncio
import hashlib
import json
import sys

_LIMIT = 1 << 20
_METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"OPTIONS ", b"TRACE ", b"CONNECT ")
_REASONS = {200: "OK", 204: "No Content", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable"}


class Connection:
    def __init__(self, name, address, reader, writer):
        self.name, self.address = name, address
        self.reader, self.writer = reader, writer

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
        digest, size, start, trailers = await self.body(last)
        if "reset" in asked:
            return False
        if "delay-ms" in asked:
            await asyncio.sleep(int(asked["delay-ms"]) / 1000)
        status = int(asked.get("status", "200"))
        filler, body = int(asked.get("bytes", "0")), b""
        if not filler:
            seen = {
                "server": self.name, "address": self.address, "method": method, "path": path, "version": version,
                "headers": headers, "bodyBytes": size, "body": start.decode("latin-1"), "sha256": digest,
                "trailers": trailers,
            }
            body = json.dumps(seen).encode()
        head = [
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}", f"x-echo-server: {self.name}",
            "content-type: application/json",
        ]
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
        if method != "HEAD" and not bodiless:
            while filler:
                body, filler = b"x" * min(filler, 1 << 20), max(0, filler - (1 << 20))
                self.writer.write(b"%x\r\n%b\r\n" % (len(body), body) if chunked else body)
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


async def main(path):
    servers = json.load(open(path))
    for server in servers:
        for port in server["ports"]:

            async def accept(reader, writer, name=server["name"], address=f"{server['address']}:{port}"):
                await Connection(name, address, reader, writer).serve()

            await asyncio.start_server(accept, server["address"], port, limit=_LIMIT)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except KeyboardInterrupt:
        pass
