/// The user's object behind a resource, as Istio's metadata names it:
/// `/apis/networking.istio.io/v1/namespaces/NAMESPACE/virtual-service/NAME`.
package struct ConfigObjectPath: Sendable, Hashable, CustomStringConvertible {
    package let group: String
    /// `VirtualService`.
    package let kind: String
    package let namespace: String
    package let name: String

    /// Nil for text that is no such path.
    package init?(_ path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 8, parts[0].isEmpty, parts[1] == "apis", parts[4] == "namespaces" else { return nil }
        guard parts.dropFirst().allSatisfy({ !$0.isEmpty }) else { return nil }
        group = parts[2]
        namespace = parts[5]
        kind = parts[6].split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        name = parts[7]
    }

    /// `VirtualService default/reviews`.
    package var description: String { "\(kind) \(namespace)/\(name)" }
}
