/// What a mesh reads of a Kubernetes Pod, of its spec and its status.
package struct PodSpec: Sendable, Hashable {
    /// `status.phase`.
    package enum Phase: String, Sendable, Hashable, CaseIterable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        case unknown = "Unknown"
    }

    /// A port of a container.
    package struct ContainerPort: Sendable, Hashable {
        /// Name; empty for none.
        package var name = ""
        /// Port, 1...65535 once validated.
        package var containerPort: UInt32 = 0
        /// Transport.
        package var `protocol`: TransportProtocol = .tcp

        package init() {}
    }

    /// A container.
    package struct Container: Sendable, Hashable {
        /// Name.
        package var name = ""
        /// Ports.
        package var ports: [ContainerPort] = []

        package init() {}
    }

    /// Service account; empty means `default`.
    package var serviceAccountName = ""
    /// Node the pod runs on; empty when not scheduled.
    package var nodeName = ""
    /// Whether the pod shares its node's network.
    package var hostNetwork = false
    /// Containers.
    package var containers: [Container] = []
    /// First address; empty before it has one.
    package var podIP = ""
    /// All addresses, one a family.
    package var podIPs: [String] = []
    /// Phase; nil when not written.
    package var phase: Phase?
    /// Condition `Ready`; nil when not written.
    package var isReady: Bool?
    /// Whether `metadata.deletionTimestamp` is set.
    package var isTerminating = false

    package init() {}
}
