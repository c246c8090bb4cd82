/// A service account that a token stands for.
struct ServiceAccount: Sendable, Hashable {
    var namespace: String
    var name: String

    init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// Reads `system:serviceaccount:NAMESPACE:NAME`; nil for every other user.
    init?(username: String) {
        let parts = username.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount", !parts[2].isEmpty,
            !parts[3].isEmpty
        else { return nil }
        self.init(namespace: String(parts[2]), name: String(parts[3]))
    }
}

/// Why a caller is not known: the gRPC status and the words for whoever has to put it right.
enum AuthenticationFailure: Error, Hashable, Sendable {
    /// `UNAUTHENTICATED`.
    case refused(String)
    /// `UNAVAILABLE`: whoever could tell does not answer; the same token may be good later.
    case unavailable(String)
}

/// Finds out whom a bearer token stands for.
protocol TokenReviewing: Sendable {
    /// The service account of a token meant for this authority; throws for every other text.
    func review(_ token: String) async throws(AuthenticationFailure) -> ServiceAccount
}
