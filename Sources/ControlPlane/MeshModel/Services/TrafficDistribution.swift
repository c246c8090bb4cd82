import MeshConfig

/// Which endpoints of a service callers prefer, unless a DestinationRule says (Istio `model.TrafficDistribution`).
///
/// Callers learn of endpoints that are not ready too, since by these they know when to turn to others.
package enum TrafficDistribution: Sendable, Hashable {
    /// `PreferSameZone` or `PreferClose`: those of the caller's network, region and zone.
    case preferSameZone
    /// `PreferSameNode`: among these those of the caller's node.
    case preferSameNode

    /// Annotation of a Service, a ServiceEntry or a Namespace.
    static let annotation = "networking.istio.io/traffic-distribution"

    /// Reads a Service's field, else its annotation, else its namespace's; nil for no preference (Istio
    /// `GetTrafficDistribution`). A value that is none of these leaves it to nobody else.
    init?(field: String = "", annotations: [String: String], namespaceAnnotations: [String: String]?) {
        if let written = Self.value(field, exactly: true) {
            self = written
            return
        }
        for annotations in [annotations, namespaceAnnotations ?? [:]] {
            guard let text = annotations[Self.annotation], !text.isEmpty else { continue }
            guard let written = Self.value(text, exactly: false) else { return nil }
            self = written
            return
        }
        return nil
    }

    /// Annotations of the namespaces that have any.
    static func namespaceAnnotations(_ config: ConfigSnapshot) -> [String: [String: String]] {
        var result: [String: [String: String]] = [:]
        for namespace in config.namespaces where !namespace.metadata.annotations.isEmpty {
            result[namespace.name] = namespace.metadata.annotations
        }
        return result
    }

    /// Kubernetes' field is written exactly, annotations in any case.
    private static func value(_ text: String, exactly: Bool) -> TrafficDistribution? {
        func isWritten(_ name: String) -> Bool { exactly ? text == name : text.lowercased() == name.lowercased() }
        if isWritten("PreferClose") || isWritten("PreferSameZone") { return .preferSameZone }
        return isWritten("PreferSameNode") ? .preferSameNode : nil
    }
}
