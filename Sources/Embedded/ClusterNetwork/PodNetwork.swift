package import KubernetesAPI

/// A pod's place on the cluster's network.
package struct PodAttachment: Sendable, Hashable {
    /// Dotted IPv4, unique in the cluster.
    package var address: String
    /// An open descriptor of the pod's network namespace, for `setns`; it stays open until the pod is detached.
    package var namespaceDescriptor: Int32

    package init(address: String, namespaceDescriptor: Int32) {
        self.address = address
        self.namespaceDescriptor = namespaceDescriptor
    }
}

/// Gives pods their network namespace; what the pod runtime asks of the network.
package protocol PodNetwork: Sendable {
    /// A namespace of its own, with `lo` and `eth0` up, a route to all pods and Services.
    func attach(_ pod: ObjectName, uid: String) async throws(PodNetworkError) -> PodAttachment

    /// Ends it, with the address free again; also right for a pod never attached.
    func detach(uid: String) async

    /// What `/etc/resolv.conf` of the pods names.
    var nameserver: String { get }
}

/// Why a pod has no network: the step and the kernel's or tool's words.
package struct PodNetworkError: Error, Sendable, CustomStringConvertible {
    package var message: String
    package var description: String { message }

    package init(_ message: String) { self.message = message }
}
