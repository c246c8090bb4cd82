"""YAML for the tests: services with endpoints, routes, a Sidecar."""


def service(name: str, namespace: str = "default", number: int = 1) -> str:
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  clusterIP: 10.96.1.{number}
  selector: {{app: {name}}}
  ports: [{{name: http, port: 8080, targetPort: 8080, protocol: TCP}}]
"""


def endpoints(name: str, addresses, namespace: str = "default") -> str:
    listed = "".join(f"\n  - {{addresses: [{address}], conditions: {{ready: true}}}}" for address in addresses)
    return f"""
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-1, namespace: {namespace}, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: [{{name: http, port: 8080, protocol: TCP}}]
endpoints:{listed if listed else " []"}
"""


def timeout(name: str, seconds: int, namespace: str = "default") -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  hosts: [{name}]
  http:
    - timeout: {seconds}s
      route: [{{destination: {{host: {name}}}}}]
"""


def only_own_namespace(namespace: str) -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: default, namespace: {namespace}}}
spec:
  egress: [{{hosts: ["./*"]}}]
"""


def join(*documents: str) -> str:
    return "---".join(documents)


def cluster(name: str, namespace: str = "default") -> str:
    return f"outbound|8080||{name}.{namespace}.svc.cluster.local"
