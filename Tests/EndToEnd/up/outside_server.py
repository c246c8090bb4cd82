"""A host outside of the mesh: `outside_server.py FOLDER` answers whatever name it is called by, with TLS on 443 and without on 80.

An answer is JSON of what came, where `tls` is the server name that was asked for, or null without TLS; or the document that a PUT
from its own pod left at HOST/PATH (an empty one takes it away). It runs in the cluster, so it imports nothing of the tests.
"""
import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

documents = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def place(self) -> str:
        return self.headers.get("host", "").split(":")[0] + self.path

    def do_GET(self):
        name = getattr(self.connection, "asked_name", "") if isinstance(self.connection, ssl.SSLSocket) else None
        seen = {
            "tls": name, "host": self.headers.get("host"), "path": self.path, "peer": self.client_address[0],
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }  # fmt: skip
        self.answer(200, documents.get(self.place) or json.dumps(seen).encode())

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.client_address[0] != "127.0.0.1":
            return self.answer(403, b"")
        documents[self.place] = body
        self.answer(204, b"")

    def answer(self, status: int, body: bytes):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main(folder: str):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/tls.crt", f"{folder}/tls.key")
    context.sni_callback = lambda socket, name, _: setattr(socket, "asked_name", name or "")
    plain, secure = ThreadingHTTPServer(("0.0.0.0", 80), Handler), ThreadingHTTPServer(("0.0.0.0", 443), Handler)
    # Without a handshake when it is accepted, a caller that says nothing holds up its own thread alone.
    secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    secure.serve_forever()


main(sys.argv[1])
