"""Requests from inside of a pod: reads JSON {"url", "count", "concurrent", "method", "headers", ...} and prints what came back.

The answer is a JSON list of {"status", "seconds", "text", "headers"}; a request without an answer has the status null. Of
{"each": [REQUEST...], "statuses": [STATUS...], "seconds"} it is one for each, once these are the statuses or the time is over.
`patience` is how long an answer may take, `roots` the file of authorities for https. It runs in the cluster, so it imports nothing
of the tests. Each concurrent caller keeps its connection as long as the peer does.
"""
import http.client
import json
import ssl
import sys
import threading
import time
from urllib.parse import urlsplit


def opened(url, ask) -> http.client.HTTPConnection:
    patience = ask.get("patience", 20)
    if url.scheme == "https":
        context = ssl.create_default_context(cafile=ask.get("roots"))
        return http.client.HTTPSConnection(url.hostname, url.port or 443, timeout=patience, context=context)
    return http.client.HTTPConnection(url.hostname, url.port or 80, timeout=patience)


def exchange(connection, url, ask) -> dict:
    begun = time.monotonic()
    try:
        path = ask["url"].split(url.netloc, 1)[1] or "/"
        connection.request(ask.get("method", "GET"), path, headers=ask.get("headers", {}))
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        status, headers = answer.status, {name.lower(): value for name, value in answer.getheaders()}
        if answer.will_close:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        status, headers, text = None, {}, f"{type(error).__name__}: {error}"
    return {"status": status, "seconds": time.monotonic() - begun, "text": text[:4000], "headers": headers}


def answers(ask) -> list:
    url = urlsplit(ask["url"])
    found, numbers, lock = [], iter(range(ask.get("count", 1))), threading.Lock()

    def call():
        connection = opened(url, ask)
        while True:
            with lock:
                if next(numbers, None) is None:
                    return connection.close()
            answer = exchange(connection, url, ask)
            with lock:
                found.append(answer)

    callers = [threading.Thread(target=call) for _ in range(ask.get("concurrent", 1))]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return found


def each(ask) -> list:
    end = time.monotonic() + ask["seconds"]
    while True:
        found = [answers({**one, "count": 1})[0] for one in ask["each"]]
        if [one["status"] for one in found] == ask["statuses"] or time.monotonic() > end:
            return found
        time.sleep(0.1)


asked = json.loads(sys.argv[1])
print(json.dumps(each(asked) if "each" in asked else answers(asked)))
