"""A small ADS client of both variants; every step is explicit so that tests decide what is acknowledged."""
import queue
import threading

import grpc
from envoy.config.cluster.v3 import cluster_pb2  # noqa: F401  (registers the type)
from envoy.config.core.v3 import base_pb2
from envoy.config.endpoint.v3 import endpoint_pb2  # noqa: F401
from envoy.config.listener.v3 import listener_pb2  # noqa: F401
from envoy.config.route.v3 import route_pb2  # noqa: F401
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from google.protobuf import json_format
from google.rpc import status_pb2

PREFIX = "type.googleapis.com/envoy.config."
CDS, EDS = PREFIX + "cluster.v3.Cluster", PREFIX + "endpoint.v3.ClusterLoadAssignment"
LDS, RDS = PREFIX + "listener.v3.Listener", PREFIX + "route.v3.RouteConfiguration"
MESSAGES = {
    CDS: cluster_pb2.Cluster,
    EDS: endpoint_pb2.ClusterLoadAssignment,
    LDS: listener_pb2.Listener,
    RDS: route_pb2.RouteConfiguration,
}


def node(name: str = "client", namespace: str = "default", address: str = "10.40.0.1") -> base_pb2.Node:
    one = base_pb2.Node(
        id=f"sidecar~{address}~{name}.{namespace}~{namespace}.svc.cluster.local", cluster=f"{name}.{namespace}"
    )
    json_format.ParseDict(
        {"NAME": name, "NAMESPACE": namespace, "LABELS": {"app": name}, "INSTANCE_IPS": address}, one.metadata
    )
    return one


def unpack(any_message):
    message = MESSAGES[any_message.type_url]()
    assert any_message.Unpack(message)
    return message


class Stream:
    """One ADS stream; `delta` chooses the variant."""

    def __init__(self, port: int, delta: bool, who: base_pb2.Node | None = None, channel=None, metadata=()):
        self.delta = delta
        self.node = who or node()
        self.sent_node = False
        self.outgoing = queue.Queue()
        self.incoming = queue.Queue()
        self.channel = channel or grpc.insecure_channel(
            f"127.0.0.1:{port}",
            options=[("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)],
        )
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(self.channel)
        call = stub.DeltaAggregatedResources if delta else stub.StreamAggregatedResources
        self.call = call(iter(self.outgoing.get, None), metadata=list(metadata))
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            for response in self.call:
                self.incoming.put(response)
        except grpc.RpcError as error:
            self.incoming.put(error)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.outgoing.put(None)
        self.call.cancel()
        self.thread.join(5)
        self.channel.close()

    def send(self, type_url: str, error: str = "", **fields):
        request = discovery_pb2.DeltaDiscoveryRequest if self.delta else discovery_pb2.DiscoveryRequest
        message = request(type_url=type_url, **fields)
        if error:
            message.error_detail.CopyFrom(status_pb2.Status(code=3, message=error))
        if not self.sent_node:
            message.node.CopyFrom(self.node)
            self.sent_node = True
        self.outgoing.put(message)

    def subscribe(self, type_url: str, names=(), **fields):
        key = "resource_names_subscribe" if self.delta else "resource_names"
        self.send(type_url, **{key: list(names)}, **fields)

    def next(self, type_url: str | None = None, seconds: float = 5):
        """The next response; with `type_url`, it must be of that type."""
        response = self.incoming.get(timeout=seconds)
        if isinstance(response, Exception):
            raise response
        assert type_url in (None, response.type_url), f"{response.type_url} came first"
        return response

    def silence(self, seconds: float = 0.7):
        """Fails when anything comes."""
        try:
            response = self.incoming.get(timeout=seconds)
        except queue.Empty:
            return
        raise AssertionError(f"unexpected: {str(response)[:500]}")

    def ack(self, response, names=()):
        if self.delta:
            self.send(response.type_url, response_nonce=response.nonce)
        else:
            self.send(
                response.type_url,
                response_nonce=response.nonce,
                version_info=response.version_info,
                resource_names=list(names),
            )

    def nack(self, response, reason: str, names=(), version: str = ""):
        if self.delta:
            self.send(response.type_url, error=reason, response_nonce=response.nonce)
        else:
            self.send(
                response.type_url,
                error=reason,
                response_nonce=response.nonce,
                version_info=version,
                resource_names=list(names),
            )

    def take(self, type_url: str, names=(), seconds: float = 5):
        """The next response, acknowledged."""
        response = self.next(type_url, seconds)
        self.ack(response, names)
        return response


def resources(response) -> dict:
    """Name to message, of either variant."""
    found = {}
    for one in response.resources:
        message = unpack(one.resource if hasattr(one, "resource") else one)
        found[getattr(message, "cluster_name", "") or message.name] = message
    return found


def ports(assignment) -> set:
    return {
        (host.endpoint.address.socket_address.address, host.endpoint.address.socket_address.port_value)
        for locality in assignment.endpoints
        for host in locality.lb_endpoints
    }
