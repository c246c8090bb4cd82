"""A client in a pod: asks one URL again and again on a few connections, and prints a line for each answer.

    caller.py URL RATE CONNECTIONS [HEADER=VALUE]...

A line is `TIME STATUS STEP TEXT`: when the answer was there, its status or `-` and why there is none, the response
header `x-step` that the tests' rules set, and the start of the body. It runs in the cluster, so it imports nothing of
the tests; one thread for each connection, each connection kept as long as the peer keeps it.
"""
import http.client
import sys
import threading
import time
from urllib.parse import urlsplit

OUTPUT = threading.Lock()


def tell(status, step, text):
    with OUTPUT:
        sys.stdout.write(f"{time.time():.4f} {status} {step} {text}\n")
        sys.stdout.flush()


def call(url, interval, offset, headers):
    connection = None
    due = time.monotonic() + offset
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        # Nothing is made up for: a slow answer must not lead to a burst.
        due = max(due + interval, time.monotonic())
        try:
            if connection is None:
                connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=10)
            connection.request("GET", url.path or "/", headers=headers)
            answer = connection.getresponse()
            text = answer.read(400).decode("utf-8", "replace").replace("\n", " ")
            answer.read()
            tell(answer.status, answer.getheader("x-step") or "-", text)
            if answer.will_close:
                connection = None
        except (OSError, http.client.HTTPException) as error:
            tell("-", "-", f"{type(error).__name__}: {error}".replace("\n", " "))
            connection = None


def main():
    url, rate, connections = urlsplit(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    headers = dict(one.split("=", 1) for one in sys.argv[4:])
    interval = connections / rate
    for number in range(connections):
        threading.Thread(
            target=call, args=(url, interval, interval * number / connections, headers), daemon=True
        ).start()
    while True:
        time.sleep(3600)


main()
