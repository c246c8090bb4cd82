import EnvoyAPI
import MeshModel

extension ClusterDraft {
    /// Names the cluster in statistics by a pattern of the mesh (Istio `telemetry.BuildStatPrefix`); an empty one keeps
    /// the cluster's own name.
    mutating func nameStatistics(_ pattern: String, _ service: Service, port: Service.Port, subset: String) {
        nameStatistics(
            pattern,
            host: service.hostname.text,
            service: service,
            values: (port: port.number, portName: port.name, targetPort: 0, subset: subset)
        )
    }

    /// The same towards the workload itself.
    mutating func nameStatistics(_ pattern: String, _ port: InboundPort) {
        let service = port.services.first
        nameStatistics(
            pattern,
            host: port.host,
            service: service,
            values: (
                port: port.servicePort, portName: service?.port(port.servicePort)?.name ?? "", targetPort: port.port,
                subset: ""
            )
        )
    }

    private mutating func nameStatistics(
        _ pattern: String,
        host: String,
        service: Service?,
        values: (port: UInt32, portName: String, targetPort: UInt32, subset: String)
    ) {
        guard !pattern.isEmpty else { return }
        let known = service.flatMap { $0.registry == .kubernetes ? $0 : nil }
        let placeholders = [
            "%SERVICE%": known.map { "\($0.name).\($0.namespace)" } ?? host,
            "%SERVICE_NAME%": known?.name ?? host,
            "%SERVICE_FQDN%": host,
            "%SERVICE_PORT%": String(values.port),
            "%SERVICE_PORT_NAME%": values.portName,
            "%TARGET_PORT%": String(values.targetPort),
            "%SUBSET_NAME%": values.subset,
        ]
        var text = ""
        var rest = pattern[...]
        while let start = rest.firstIndex(of: "%") {
            text += rest[..<start]
            rest = rest[start...]
            guard let end = rest.dropFirst().firstIndex(of: "%"), let value = placeholders[String(rest[...end])] else {
                text += "%"
                rest = rest.dropFirst()
                continue
            }
            text += value
            rest = rest[end...].dropFirst()
        }
        cluster.altStatName = text + rest + Self.statisticsDelimiter
    }
}
