"""Many requests over few connections, whatever becomes of each of them."""
from harness.http_client import BrokenResponse, Client, Response


def answers(connect, requests: list, batch: int = 32) -> list:
    """The Response of each of `requests` (bytes), None where the connection just ended.

    `connect` makes a Client; `batch` are sent at once, one after the other with 1.
    """
    found, client = [], None
    try:
        while len(found) < len(requests):
            is_new = client is None
            client = client or connect()
            sent = requests[len(found) : len(found) + batch]
            got, is_open = _some(client, sent)
            found += got
            if not is_open:
                client.close()
                client = None
                if not got and is_new:
                    # What stands behind a refused request may take its answer along.
                    found.append(_alone(connect, sent[0]))
    finally:
        if client is not None:
            client.close()
    return found


def _some(client: Client, batch: list) -> tuple:
    got: list[Response] = []
    try:
        client.send(b"".join(batch))
        for _ in batch:
            got.append(client.response())
            if (got[-1].value("connection") or "").lower() == "close":
                return got, False
    except (BrokenResponse, OSError, ValueError):
        return got, False
    return got, True


def _alone(connect, request: bytes) -> Response | None:
    client = connect()
    try:
        return client.request(request)
    except (BrokenResponse, OSError, ValueError):
        return None
    finally:
        client.close()
