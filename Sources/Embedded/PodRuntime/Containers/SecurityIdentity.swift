import KubernetesAPI

/// Who runs a container: `securityContext` of container and pod, then the image.
struct SecurityIdentity: Sendable, Hashable {
    var user: UInt32
    var group: UInt32
    var groups: [UInt32]
    var capabilities: Capabilities
    var noNewPrivileges: Bool
    var isPrivileged: Bool
    var hasReadOnlyRoot: Bool

    /// The message is what CreateContainerConfigError says.
    struct Refusal: Error, Sendable, Hashable { var message: String }

    static func decide(
        pod: JSONValue?,
        container: JSONValue,
        imageUser: UInt32?
    ) throws(Refusal) -> SecurityIdentity {
        let own = container["securityContext"]
        let shared = pod?["securityContext"]
        func number(_ name: String) -> UInt32? {
            (own?[name] ?? shared?[name])?.integer.flatMap { UInt32(exactly: $0) }
        }
        let user = number("runAsUser") ?? imageUser ?? 0
        if (own?["runAsNonRoot"] ?? shared?["runAsNonRoot"])?.bool == true, user == 0 {
            throw Refusal(
                message:
                    "container has runAsNonRoot and the image \"\(container["image"]?.string ?? "")\" runs as root:"
                    + " set securityContext.runAsUser"
            )
        }
        var groups = (shared?["supplementalGroups"]?.array ?? []).compactMap {
            $0.integer.flatMap { UInt32(exactly: $0) }
        }
        if let shared = shared?["fsGroup"]?.integer.flatMap({ UInt32(exactly: $0) }) { groups.append(shared) }
        let isPrivileged = own?["privileged"]?.bool == true
        return SecurityIdentity(
            user: user,
            group: number("runAsGroup") ?? 0,
            groups: groups,
            capabilities: Capabilities(securityContext: own),
            noNewPrivileges: own?["allowPrivilegeEscalation"]?.bool == false && !isPrivileged,
            isPrivileged: isPrivileged,
            hasReadOnlyRoot: own?["readOnlyRootFilesystem"]?.bool == true
        )
    }
}
