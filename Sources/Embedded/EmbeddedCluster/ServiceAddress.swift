import ClusterNetwork
import KubernetesAPI
import Synchronization

/// Ready endpoints of one port of one Service, followed as they change.
final class ServiceAddress: Sendable {
    private let api: any KubernetesAPI
    private let service: ObjectName
    private let port: String
    private let slices = Mutex<[ObjectName: [Endpoint]]>([:])

    init(api: any KubernetesAPI, service: ObjectName, port: String) {
        self.api = api
        self.service = service
        self.port = port
    }

    /// Any of them; nil while there is none.
    var endpoint: Endpoint? { slices.withLock { $0.values.joined().randomElement() } }

    /// Follows until cancelled.
    func run() async {
        let options = ListOptions(
            namespace: service.namespace,
            labels: LabelSelector(labels: ["kubernetes.io/service-name": service.name])
        )
        for await event in Reflector(api: api, type: .endpointSlices, options: options).events() {
            slices.withLock { slices in
                switch event {
                case .synced(let objects):
                    slices = Dictionary(objects.map { ($0.objectName, endpoints($0)) }) { $1 }
                case .applied(let object): slices[object.objectName] = endpoints(object)
                case .deleted(let object): slices[object.objectName] = nil
                }
            }
        }
    }

    private func endpoints(_ slice: KubernetesObject) -> [Endpoint] {
        let ports = slice["ports"]?.array ?? []
        guard let entry = ports.first(where: { $0["name"]?.string == port }),
            let number = entry["port"]?.integer.flatMap({ UInt16(exactly: $0) })
        else { return [] }
        return (slice["endpoints"]?.array ?? []).flatMap { endpoint -> [Endpoint] in
            guard endpoint[path: ["conditions", "ready"]]?.bool ?? true else { return [] }
            let addresses = (endpoint["addresses"]?.array ?? []).compactMap(\.string)
            return addresses.compactMap { IPv4Address($0) }.map { Endpoint($0, number) }
        }
    }
}
