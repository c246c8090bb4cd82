/// Who a workload runs as, within its trust domain: the part of a SPIFFE ID that the mesh's settings do not decide.
package struct WorkloadIdentity: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Namespace of the workload.
    package var namespace: String
    /// Service account.
    package var serviceAccount: String

    package init(namespace: String, serviceAccount: String) {
        self.namespace = namespace
        self.serviceAccount = serviceAccount
    }

    /// `spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/SERVICE_ACCOUNT`.
    package func uri(trustDomain: String) -> String { "spiffe://\(trustDomain)/\(self)" }

    /// `ns/NAMESPACE/sa/SERVICE_ACCOUNT`.
    package var description: String { "ns/\(namespace)/sa/\(serviceAccount)" }

    /// By namespace, then service account.
    package static func < (left: WorkloadIdentity, right: WorkloadIdentity) -> Bool {
        (left.namespace, left.serviceAccount) < (right.namespace, right.serviceAccount)
    }
}
