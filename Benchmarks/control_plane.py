"""Time from a changed file to the last of many clients' ACK, and what that costs martletd."""
import asyncio
import os
import statistics
import sys
import time

import grpc
import process_cost
from engines import LOAD_CPU, PROXY_CPU
from envoy.config.listener.v3 import listener_pb2  # noqa: F401  (registers the type)
from envoy.config.core.v3 import base_pb2
from envoy.service.discovery.v3 import discovery_pb2
from google.protobuf import json_format
from harness.control_plane import ControlPlane
from harness.programs import Scratch

_METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
_TYPE = "type.googleapis.com/envoy.config."
CDS, EDS = _TYPE + "cluster.v3.Cluster", _TYPE + "endpoint.v3.ClusterLoadAssignment"
LDS, RDS = _TYPE + "listener.v3.Listener", _TYPE + "route.v3.RouteConfiguration"

_SERVICES = 20


def mesh() -> str:
    documents = []
    for number in range(_SERVICES):
        name = f"service-{number}"
        documents.append(f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: default}}
spec:
  clusterIP: 10.96.1.{number + 1}
  selector: {{app: {name}}}
  ports: [{{name: http, port: 8080, targetPort: 8080, protocol: TCP}}]
""")
        if number:
            documents.append(slice_of(name, number, 2))
    return "---".join(documents)


def slice_of(name: str, number: int, endpoints: int) -> str:
    listed = "".join(
        f"\n  - {{addresses: [10.30.{number}.{index + 1}], conditions: {{ready: true}}}}" for index in range(endpoints)
    )
    return f"""
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-1, namespace: default, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: [{{name: http, port: 8080, protocol: TCP}}]
endpoints:{listed}
"""


def virtual_service(mark: int) -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: changing, namespace: default}}
spec:
  hosts: [service-1]
  http:
    - timeout: {mark + 1}s
      route: [{{destination: {{host: service-1}}}}]
"""


class Client:
    """A proxy's subscriptions, and the times at which it acknowledged."""

    def __init__(self, number: int, port: int):
        self.number, self.port = number, port
        self.acknowledged = {}
        self.ready = asyncio.Event()

    async def run(self):
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self.port}", options=options) as channel:
            call = channel.stream_stream(
                _METHOD,
                request_serializer=discovery_pb2.DeltaDiscoveryRequest.SerializeToString,
                response_deserializer=discovery_pb2.DeltaDiscoveryResponse.FromString,
            )()
            await call.write(self._first(CDS))
            seen = set()
            while (response := await call.read()) is not grpc.aio.EOF:
                ack = discovery_pb2.DeltaDiscoveryRequest(type_url=response.type_url, response_nonce=response.nonce)
                await call.write(ack)
                self.acknowledged[response.type_url] = time.monotonic()
                if response.type_url in seen:
                    continue
                seen.add(response.type_url)
                if response.type_url == CDS:
                    names = [one.name for one in response.resources if one.name.startswith("outbound|")]
                    await call.write(self._first(EDS, names))
                    await call.write(self._first(LDS))
                elif response.type_url == LDS:
                    await call.write(self._first(RDS, ["8080"]))
                if seen >= {CDS, EDS, LDS, RDS}:
                    self.ready.set()

    def _first(self, type_url: str, names: list = ()):
        address = f"10.{40 + self.number // 62500}.{self.number // 250 % 250}.{self.number % 250 + 1}"
        name = f"client-{self.number}"
        metadata = {"NAME": name, "NAMESPACE": "default", "LABELS": {"app": "client"}, "CLUSTER_ID": "Kubernetes",
                    "ISTIO_VERSION": "1.27.0", "INSTANCE_IPS": address}  # fmt: skip
        node = base_pb2.Node(id=f"sidecar~{address}~{name}.default~default.svc.cluster.local", cluster="client.default")
        json_format.ParseDict(metadata, node.metadata)
        return discovery_pb2.DeltaDiscoveryRequest(node=node, type_url=type_url, resource_names_subscribe=list(names))


async def _last_ack(clients: list, type_url: str, since: float, seconds: float = 30) -> float:
    """Seconds from `since` until every client acknowledged a later push."""
    deadline = time.monotonic() + seconds
    while True:
        times = [client.acknowledged.get(type_url, 0) for client in clients]
        if min(times) > since:
            return max(times) - since
        if time.monotonic() > deadline:
            missing = sum(one <= since for one in times)
            raise TimeoutError(f"{missing} of {len(clients)} clients were not pushed {type_url}")
        await asyncio.sleep(0.005)


async def _measure(control_plane: ControlPlane, count: int, rounds: int) -> list:
    pid = process_cost.named_below(control_plane.child.pid, "martletd")
    empty = process_cost.rss_kb(pid)
    clients = [Client(number, control_plane.xds_port) for number in range(count)]
    started = time.monotonic()
    tasks = []
    try:
        for at in range(0, count, 50):
            batch = clients[at : at + 50]
            tasks += [asyncio.create_task(client.run()) for client in batch]
            await asyncio.wait_for(asyncio.gather(*(client.ready.wait() for client in batch)), 60)
        print(f"{count} clients synced in {time.monotonic() - started:.1f} s", file=sys.stderr)
        await asyncio.sleep(1)
        per_client = (process_cost.rss_kb(pid) - empty) / count
        rows = []
        for scenario, type_url, name, text in [
            ("control-plane-virtualservice", RDS, "changing.yaml", virtual_service),
            ("control-plane-endpoints", EDS, "slice.yaml", lambda mark: slice_of("service-0", 0, mark % 5 + 1)),
        ]:
            latencies, costs = [], []
            for mark in range(rounds):
                before, since = process_cost.cpu_ns(pid), time.monotonic()
                control_plane.write(name, text(mark))
                latencies.append(await _last_ack(clients, type_url, since) * 1000)
                await asyncio.sleep(0.5)
                costs.append((process_cost.cpu_ns(pid) - before) / 1000 / count)
                print(f"{scenario} round {mark + 1}/{rounds}: last ACK after {latencies[-1]:.0f} ms", file=sys.stderr)
            rows.append({
                "scenario": scenario, "engine": "martlet", "connections": count,
                "cpu_us_per_request": round(statistics.median(costs), 1),
                "requests_per_s": round(count / (statistics.median(latencies) / 1000), 1),
                "p50_ms": round(statistics.median(latencies), 1), "p99_ms": round(max(latencies), 1),
                "rss_mb": round(process_cost.peak_rss_mb(pid), 1), "ratio_to_envoy": None,
                "memory_per_client_kb": round(per_client, 1),
            })  # fmt: skip
        return rows
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def measure() -> list:
    count = int(os.environ.get("BENCH_CLIENTS", "1000"))
    rounds = max(1, int(os.environ.get("BENCH_ROUNDS", "5")))
    if LOAD_CPU:
        os.sched_setaffinity(0, {1})
    scratch = Scratch("bench-control")
    control_plane = None
    try:
        control_plane = ControlPlane(scratch.folder("control"), prefix=PROXY_CPU)
        control_plane.write("mesh.yaml", mesh())
        control_plane.start()
        return asyncio.run(_measure(control_plane, count, rounds))
    finally:
        if control_plane:
            control_plane.stop()
        scratch.remove()
