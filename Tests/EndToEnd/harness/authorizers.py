"""External authorization services, over HTTP and gRPC, in the test's own process and on a mesh's addresses.

A request says by its header `x-decide` what becomes of it: `allow`, `deny`, `slow` (5 s), `reset`, `error`, `garbage`; over
HTTP also `half-line`, `half-head` and `half-body`, where the service dies in the middle of an answer that would allow.
"""
import socket
import threading
import time
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from envoy.config.core.v3 import base_pb2
from envoy.service.auth.v3 import external_auth_pb2, external_auth_pb2_grpc
from envoy.type.v3 import http_status_pb2
from google.rpc import status_pb2

SLOW = 5
_HALVES = {
    "half-line": b"HTTP/1.1 20",
    "half-head": b"HTTP/1.1 200 OK\r\nx-user: alice\r\n",
    "half-body": b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour",
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments):
        self.connections = set()
        super().__init__(*arguments)

    def process_request(self, request, client_address):
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        """A check that is given up is no news."""


class HTTPAuthorizer:
    """`asked` are the checks that came: method, path, headers and body of each. `tls` is an SSLContext to serve by."""

    def __init__(self, namespace, address: str, port: int, tls=None):
        self.asked = asked = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def decide(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                lines = [(name.lower(), value) for name, value in self.headers.items()]
                asked.append(
                    {"method": self.command, "path": self.path, "headers": headers, "lines": lines, "body": body}
                )
                verdict = headers.get("x-decide", "allow")
                if verdict == "slow":
                    time.sleep(SLOW)
                if verdict == "reset":
                    self.close_connection = True
                    return
                if verdict == "garbage":
                    self.wfile.write(b"\xff\xfe words\r\n\r\n")
                    self.close_connection = True
                    return
                if half := _HALVES.get(verdict):
                    self.wfile.write(half)
                    self.close_connection = True
                    return
                status = {"allow": 200, "slow": 200, "error": 503, "redirect": 302, "created": 201}.get(verdict, 401)
                answer = b"" if status == 200 else b"not for you"
                self.send_response(status)
                for name, value in [
                    ("x-user", "alice"), ("x-secret", "hidden"), ("x-reason", "because"), ("x-quota", "7"),
                    ("x-tag", "one"), ("x-tag", "two"), ("location", "http://login.example.com/"),
                    ("content-type", "text/plain"), ("content-length", str(len(answer))),
                ]:  # fmt: skip
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = decide

            def log_message(self, *_):
                pass

        self.server = namespace.inside(_Server, (address, port), Handler)
        if tls is not None:
            # Hands are shaken by the thread of the connection, when it first reads.
            self.server.socket = tls.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.server.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already
                pass

    #: The checks that are under way end with their connections.
    kill = close


def _options(**values) -> list:
    return [
        base_pb2.HeaderValueOption(header=base_pb2.HeaderValue(key=name.replace("_", "-"), value=value))
        for name, value in values.items()
    ]


class GRPCAuthorizer(external_auth_pb2_grpc.AuthorizationServicer):
    """`asked` are the CheckRequests that came. `tls` is the folder of an identity to serve by mutual TLS with."""

    def __init__(self, namespace, address: str, port: int, tls=None):
        self.asked = []
        self.server = grpc.server(futures.ThreadPoolExecutor(8))
        external_auth_pb2_grpc.add_AuthorizationServicer_to_server(self, self.server)
        if tls is None:
            bound = namespace.inside(self.server.add_insecure_port, f"{address}:{port}")
        else:
            pair = ((tls / "key.pem").read_bytes(), (tls / "cert-chain.pem").read_bytes())
            roots = (tls / "root-cert.pem").read_bytes()
            credentials = grpc.ssl_server_credentials([pair], roots, require_client_auth=True)
            bound = namespace.inside(self.server.add_secure_port, f"{address}:{port}", credentials)
        assert bound == port
        namespace.inside(self.server.start)

    def Check(self, request, context):
        self.asked.append(request)
        headers = request.attributes.request.http.headers
        verdict = headers.get("x-decide", "allow")
        if verdict == "slow":
            time.sleep(SLOW)
        if verdict == "error":
            context.abort(grpc.StatusCode.INTERNAL, "broken")
        if verdict == "reset":
            context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        if verdict in ("allow", "slow"):
            return external_auth_pb2.CheckResponse(
                status=status_pb2.Status(code=0),
                ok_response=external_auth_pb2.OkHttpResponse(
                    headers=_options(x_user="alice"), headers_to_remove=["x-remove"],
                    response_headers_to_add=_options(x_quota="7"),
                ),
            )  # fmt: skip
        if verdict == "rich":
            response = external_auth_pb2.CheckResponse(
                status=status_pb2.Status(code=0),
                ok_response=external_auth_pb2.OkHttpResponse(
                    query_parameters_to_set=[base_pb2.QueryParameter(key="user", value="alice%20b")],
                    query_parameters_to_remove=["token"],
                ),
            )  # fmt: skip
            response.dynamic_metadata.update({"who": "alice", "of": {"b": [1, True, None, "x"], "a": 1.5}})
            return response
        if verdict == "tired":
            response = external_auth_pb2.CheckResponse(status=status_pb2.Status(code=7))
            response.dynamic_metadata.update({"who": "mallory"})
            return response
        if verdict == "bare":
            return external_auth_pb2.CheckResponse(status=status_pb2.Status(code=7))
        if verdict == "empty":
            return external_auth_pb2.CheckResponse()
        return external_auth_pb2.CheckResponse(
            status=status_pb2.Status(code=16),
            denied_response=external_auth_pb2.DeniedHttpResponse(
                status=http_status_pb2.HttpStatus(code=401), headers=_options(x_reason="because"), body="not for you"
            ),
        )

    def close(self):
        self.server.stop(0).wait(5)

    #: The checks that are under way are ended, too.
    kill = close
