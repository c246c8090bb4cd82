import MeshConfig

extension HTTPMatchRequest {
    /// What both this match of a root and a delegate's match ask for; nil when no request can satisfy both or the
    /// delegate asks for less than the root (Istio `hasConflict`, `mergeHTTPMatchRequest`).
    func merged(withDelegate leaf: HTTPMatchRequest) -> HTTPMatchRequest? {
        guard !conflicts(with: leaf) else { return nil }
        var merged = leaf
        merged.name = Self.joined(name, leaf.name)
        merged.uri = leaf.uri ?? uri
        merged.scheme = leaf.scheme ?? scheme
        merged.method = leaf.method ?? method
        merged.authority = leaf.authority ?? authority
        merged.headers = headers.merging(leaf.headers) { _, new in new }
        merged.withoutHeaders = withoutHeaders.merging(leaf.withoutHeaders) { _, new in new }
        merged.queryParams = queryParams.merging(leaf.queryParams) { _, new in new }
        merged.sourceLabels = sourceLabels.merging(leaf.sourceLabels) { _, new in new }
        merged.port = leaf.port ?? port
        merged.gateways = leaf.gateways.isEmpty ? gateways : leaf.gateways
        merged.sourceNamespace = leaf.sourceNamespace.isEmpty ? sourceNamespace : leaf.sourceNamespace
        merged.statPrefix = leaf.statPrefix.isEmpty ? statPrefix : leaf.statPrefix
        return merged
    }

    /// `root-delegate`, or the one that is not empty.
    static func joined(_ root: String, _ leaf: String) -> String {
        root.isEmpty ? leaf : leaf.isEmpty ? root : "\(root)-\(leaf)"
    }

    private func conflicts(with leaf: HTTPMatchRequest) -> Bool {
        func clash<Key>(_ root: [Key: StringMatch], _ leaf: [Key: StringMatch]) -> Bool {
            leaf.contains { key, value in root[key].map { $0.conflicts(with: value) } ?? false }
        }
        func clash(_ root: StringMatch?, _ leaf: StringMatch?) -> Bool {
            guard let root, let leaf else { return false }
            return root.conflicts(with: leaf)
        }
        if clash(uri, leaf.uri) || clash(scheme, leaf.scheme) || clash(method, leaf.method) { return true }
        if clash(authority, leaf.authority) || clash(headers, leaf.headers) { return true }
        if clash(withoutHeaders, leaf.withoutHeaders) || clash(queryParams, leaf.queryParams) { return true }
        if ignoreUriCase != leaf.ignoreUriCase { return true }
        if let port, let other = leaf.port, port != other { return true }
        if !sourceNamespace.isEmpty, !leaf.sourceNamespace.isEmpty, sourceNamespace != leaf.sourceNamespace {
            return true
        }
        if leaf.sourceLabels.contains(where: { key, value in sourceLabels[key].map { $0 != value } ?? false }) {
            return true
        }
        return !gateways.isEmpty && !Set(leaf.gateways).isSubset(of: gateways)
    }
}

extension StringMatch {
    /// Whether a delegate's match does not lie within this match of the root (Istio `stringMatchConflict`).
    fileprivate func conflicts(with leaf: StringMatch) -> Bool {
        switch (self, leaf) {
        case (.present, _), (_, .present): false
        case (.regex, _), (_, .regex): true
        case (.exact(let root), .exact(let leaf)): root != leaf
        case (.exact, .prefix): true
        case (.prefix(let root), .exact(let leaf)), (.prefix(let root), .prefix(let leaf)): !leaf.hasPrefix(root)
        }
    }
}
