import KubernetesAPI
import KubernetesClient
import MeshConfig
import MeshSimulation
import MeshTelemetry

/// Looks up the objects that decisions name: in the API for their resourceVersion, in files for their lines.
struct RuleObjects: Sendable {
    /// Nil when only files are at hand, or nothing.
    var client: KubernetesClient?
    var files: SimulatedConfiguration?

    /// Fills in what is known of each hop's objects.
    func describe(_ report: inout ExplainReport) async {
        var rules: [String: Set<String>] = [:]
        for hop in report.hops { rules.merge(hop.decision.objects) { $0.union($1) } }
        var known: [String: ExplainReport.RuleObject] = [:]
        for (path, parts) in rules { known[path] = await object(path, parts) }
        for index in report.hops.indices {
            report.hops[index].objects = known.filter { report.hops[index].decision.objects[$0.key] != nil }
        }
    }

    private func object(_ path: String, _ rules: Set<String>) async -> ExplainReport.RuleObject {
        var result = ExplainReport.RuleObject()
        for rule in rules {
            guard let place = files?.place(of: rule.isEmpty ? nil : rule, inConfigSource: path) else { continue }
            result.locations[rule] = place.location?.description
        }
        guard let client, let parts = ConfigObjectPath(path) else { return result }
        // Every kind that Istio's metadata names has the plural of its name.
        let type = ResourceType(
            group: parts.group,
            version: "v1",
            plural: parts.kind.lowercased() + "s",
            kind: parts.kind
        )
        do {
            let object = try await client.get(type, ObjectName(namespace: parts.namespace, name: parts.name))
            result.resourceVersion = object.resourceVersion
        } catch {
            result.isGone = error.reason == .notFound
        }
        return result
    }
}
