"""A thousand clients, and clients that do not read."""
import asyncio
import socket
import struct
import time

import grpc
from envoy.service.discovery.v3 import discovery_pb2

from xds_client import meshes
from xds_client.ads import CDS, Stream, node, resources

METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
COUNT = 1000


def rss_mb(pid: int) -> float:
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


class Client:
    def __init__(self, number: int):
        self.node = node(f"c{number}", address=f"10.41.{number // 250}.{number % 250 + 1}")
        self.at, self.changed, self.ready = 0.0, asyncio.Event(), asyncio.Event()

    async def run(self, port: int, wanted: str):
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
            call = channel.stream_stream(
                METHOD,
                request_serializer=discovery_pb2.DeltaDiscoveryRequest.SerializeToString,
                response_deserializer=discovery_pb2.DeltaDiscoveryResponse.FromString,
            )()
            await call.write(discovery_pb2.DeltaDiscoveryRequest(node=self.node, type_url=CDS))
            while (response := await call.read()) is not grpc.aio.EOF:
                await call.write(
                    discovery_pb2.DeltaDiscoveryRequest(type_url=CDS, response_nonce=response.nonce)
                )
                self.ready.set()
                if any(one.name == wanted for one in response.resources):
                    self.at = time.monotonic()
                    self.changed.set()


def test_a_thousand_clients_get_a_change(mesh):
    pid = mesh.child.process.pid

    async def scenario():
        clients = [Client(number) for number in range(COUNT)]
        empty = rss_mb(pid)
        started = time.monotonic()
        tasks = []
        try:
            for at in range(0, COUNT, 50):
                batch = clients[at : at + 50]
                tasks += [asyncio.create_task(one.run(mesh.xds_port, meshes.cluster("new"))) for one in batch]
                await asyncio.wait_for(asyncio.gather(*(one.ready.wait() for one in batch)), 60)
            connected = time.monotonic() - started
            full = rss_mb(pid)
            since = time.monotonic()
            mesh.write("new.yaml", meshes.service("new", number=50))
            await asyncio.wait_for(asyncio.gather(*(one.changed.wait() for one in clients)), 60)
            last = max(one.at for one in clients) - since
            after = rss_mb(pid)
            print(
                f"\n{COUNT} clients: connected in {connected:.1f} s; file change to last ACK {last * 1000:.0f} ms; "
                f"RSS {empty:.0f} MB empty, {full:.0f} MB connected ({(full - empty) / COUNT * 1024:.0f} KB a client), "
                f"{after:.0f} MB after the push"
            )
            assert mesh.metric("pilot_xds{") == COUNT
            assert last < 10
            assert (after - empty) / COUNT < 1, "more than 1 MB a client"
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(scenario())
    mesh.wait(lambda: mesh.metric("pilot_xds{") == 0, "all clients gone", 20)


def test_clients_that_do_not_read_stall_nobody(mesh):
    # Plain HTTP/2 without ever growing the flow-control window beyond a few bytes: the first response cannot leave.
    stuck = [deaf_client(mesh.xds_port, number) for number in range(40)]
    try:
        mesh.wait(lambda: mesh.metric("pilot_xds{") == len(stuck), "the deaf clients' streams")
        with Stream(mesh.xds_port, True) as stream:
            stream.subscribe(CDS)
            stream.take(CDS)
            started = time.monotonic()
            mesh.write("three.yaml", meshes.service("three", number=3))
            assert meshes.cluster("three") in resources(stream.take(CDS))
            print(f"\nbeside {len(stuck)} deaf clients a change took {time.monotonic() - started:.2f} s")
            assert time.monotonic() - started < 2
    finally:
        for one in stuck:
            one.close()


def deaf_client(port: int, number: int) -> socket.socket:
    """Opens a delta stream with a flow-control window of 16 bytes and never reads."""

    def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    def literal(name: bytes, value: bytes) -> bytes:
        assert len(name) < 127 and len(value) < 127
        return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value

    request = discovery_pb2.DeltaDiscoveryRequest(
        node=node(f"deaf{number}", address=f"10.42.0.{number + 1}"), type_url=CDS
    ).SerializeToString()
    headers = b"".join(
        literal(name, value)
        for name, value in [
            (b":method", b"POST"),
            (b":scheme", b"http"),
            (b":path", METHOD.encode()),
            (b":authority", b"martletd"),
            (b"content-type", b"application/grpc"),
            (b"te", b"trailers"),
        ]
    )
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        + frame(4, 0, 0, struct.pack(">HI", 4, 16))
        + frame(1, 4, 1, headers)
        + frame(0, 0, 1, b"\x00" + struct.pack(">I", len(request)) + request)
    )
    return connection
