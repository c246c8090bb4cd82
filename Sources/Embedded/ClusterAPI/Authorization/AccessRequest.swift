/// What somebody wants to do, as rules speak of it (`authorization.k8s.io` ResourceAttributes and NonResourceAttributes).
package enum AccessRequest: Sendable, Hashable {
    /// `resource` is the plural, with its subresource behind a slash: `pods/log`. An empty namespace is cluster-wide.
    case resource(verb: String, group: String, resource: String, namespace: String, name: String)
    case path(verb: String, path: String)
}

/// One `PolicyRule` of RBAC.
package struct PolicyRule: Sendable, Hashable {
    package var verbs: [String] = []
    package var apiGroups: [String] = []
    package var resources: [String] = []
    package var resourceNames: [String] = []
    package var nonResourceURLs: [String] = []

    package init() {}

    /// Whether the rule allows this. `*` stands for every verb, group, resource; `*/scale` for a subresource everywhere.
    func allows(_ request: AccessRequest) -> Bool {
        switch request {
        case .resource(let verb, let group, let resource, _, let name):
            return Self.covers(verbs, verb) && Self.covers(apiGroups, group) && coversResource(resource)
                && (resourceNames.isEmpty || (!name.isEmpty && resourceNames.contains(name)))
        case .path(let verb, let path):
            return Self.covers(verbs, verb)
                && nonResourceURLs.contains { url in
                    url == "*" || url == path || (url.hasSuffix("*") && path.hasPrefix(url.dropLast()))
                }
        }
    }

    private func coversResource(_ resource: String) -> Bool {
        if Self.covers(resources, resource) { return true }
        guard let slash = resource.firstIndex(of: "/") else { return false }
        return resources.contains("*" + resource[slash...])
    }

    private static func covers(_ words: [String], _ word: String) -> Bool {
        words.contains("*") || words.contains(word)
    }
}
