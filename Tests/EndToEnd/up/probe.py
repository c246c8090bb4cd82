"""Requests from inside of a pod: reads JSON {"url", "count", "concurrent", "method", "headers"} and prints what came back.

The answer is a JSON list of {"status", "seconds", "text", "headers"}; a request without an answer has the status null. It runs
in the cluster, so it imports nothing of the tests. Each concurrent caller keeps its connection as long as the peer does.
"""
import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit

ask = json.loads(sys.argv[1])
url = urlsplit(ask["url"])
found, numbers, lock = [], iter(range(ask.get("count", 1))), threading.Lock()


def exchange(connection) -> dict:
    begun = time.monotonic()
    try:
        connection.request(ask.get("method", "GET"), ask["url"].split(url.netloc, 1)[1] or "/", headers=ask.get("headers", {}))
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        status, headers = answer.status, {name.lower(): value for name, value in answer.getheaders()}
        if answer.will_close:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        status, headers, text = None, {}, f"{type(error).__name__}: {error}"
    return {"status": status, "seconds": time.monotonic() - begun, "text": text[:2000], "headers": headers}


def call():
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=20)
    while True:
        with lock:
            if next(numbers, None) is None:
                return connection.close()
        answer = exchange(connection)
        with lock:
            found.append(answer)


callers = [threading.Thread(target=call) for _ in range(ask.get("concurrent", 1))]
for caller in callers:
    caller.start()
for caller in callers:
    caller.join()
print(json.dumps(found))
