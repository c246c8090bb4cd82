import KubernetesAPI

/// A field of a Service that has another value than what this network does.
struct IgnoredServiceField: Sendable, Hashable {
    var service: ObjectName
    /// Path below the object, with the index of a port.
    var field: String
    var value: String
    /// What happens instead.
    var instead: String

    /// Fields of one Service, in the order in which they are documented.
    static func all(of service: KubernetesObject) -> [IgnoredServiceField] {
        guard service["spec", "type"]?.string != "ExternalName" else { return [] }
        var found: [IgnoredServiceField] = []
        func note(_ field: String, _ value: String, _ instead: String) {
            found.append(
                IgnoredServiceField(service: service.objectName, field: field, value: value, instead: instead)
            )
        }
        if service["spec", "externalTrafficPolicy"]?.string == "Local" {
            note("spec.externalTrafficPolicy", "Local", "there is one node, and its address stands for callers outside")
        }
        // 10800 is what the API writes where nobody does.
        let timeout = service["spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"]?.integer
        if service["spec", "sessionAffinity"]?.string == "ClientIP", let timeout, timeout != 10_800 {
            note(
                "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
                "\(timeout)",
                "clients keep their endpoint as long as it is there"
            )
        }
        for (index, port) in (service["spec", "ports"]?.array ?? []).enumerated() {
            let name = port["protocol"]?.string ?? TransportProtocol.tcp.rawValue
            guard TransportProtocol(rawValue: name) == nil else { continue }
            note("spec.ports[\(index)].protocol", name, "the port is not served; TCP and UDP are")
        }
        return found
    }
}
