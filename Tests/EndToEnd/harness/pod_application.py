#!/usr/bin/env python3
"""An application of a pod: `pod_application.py NAME PORT...` tells who it is and who asks; prints "ready"."""
import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def do_GET(self):
        status, kind = 200, "application/json"
        body = json.dumps({"pod": NAME, "peer": peer_of(self.client_address[0]), "headers": dict(self.headers)}).encode()
        if self.path == "/broken":
            status = 503
        elif self.path == "/metrics":
            body, kind = b"# TYPE app_requests_total counter\napp_requests_total 7\n", "text/plain"
        elif self.path == "/slow":
            time.sleep(1)
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def peer_of(address: str) -> str:
    """An IPv4 peer is one also on a socket of both families."""
    return address.removeprefix("::ffff:")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET6

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


if __name__ == "__main__":
    NAME = sys.argv[1]
    for port in sys.argv[2:]:
        threading.Thread(target=Server(("::", int(port)), Handler).serve_forever, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()
