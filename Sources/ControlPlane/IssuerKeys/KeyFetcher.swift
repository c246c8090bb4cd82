package import MeshConfig

/// Fetches the keys of issuers; the one over HTTP is `HTTPKeyFetcher`, tests bring their own.
package protocol KeyFetcher: Sendable {
    /// The JSON Web Key Set at a location, as text, checked to hold keys.
    ///
    /// - Parameter timeout: the longest it may take, everything included.
    func fetch(_ location: JSONWebKeyLocation, timeout: Duration) async throws(KeyFetchFailure) -> String
}

/// Why keys could not be fetched; a sentence for the log that names the URL.
package struct KeyFetchFailure: Error, Hashable, CustomStringConvertible {
    /// The sentence.
    package var reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { reason }
}
