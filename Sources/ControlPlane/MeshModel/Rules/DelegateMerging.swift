import MeshConfig

/// Replaces routes that delegate by the routes of the VirtualService they name (Istio `MergeHTTPRoutes`).
///
/// One level only: a delegate of a delegate is dropped. A delegate's match must lie within the root's; matches that do
/// not are dropped, and a route all of whose matches are dropped with them.
struct DelegateMerging {
    /// Rules without hosts, by namespace and name; already resolved in their own namespace.
    let delegates: [ObjectKey: RoutingRule]
    private(set) var diagnostics: [ModelDiagnostic] = []

    init(delegates: [ObjectKey: RoutingRule]) {
        self.delegates = delegates
    }

    mutating func merged(_ root: RoutingRule) -> RoutingRule {
        guard root.spec.http.contains(where: { $0.delegate != nil }) else { return root }
        var rule = root
        rule.spec.http = []
        for route in root.spec.http {
            guard let delegate = route.delegate else {
                rule.spec.http.append(route)
                continue
            }
            let key = ObjectKey(kind: .virtualService, namespace: delegate.namespace, name: delegate.name)
            guard let found = delegates[key] else {
                complain(
                    .delegateNotFound,
                    root,
                    route,
                    "delegate \(key) does not exist or has hosts; the route is dropped"
                )
                continue
            }
            guard found.exportTo.includes(root.namespace) else {
                complain(
                    .delegateNotFound,
                    root,
                    route,
                    "delegate \(key) is not exported to namespace \(root.namespace); the route is dropped"
                )
                continue
            }
            if !rule.sources.contains(key) { rule.sources.append(key) }
            for leaf in found.spec.http {
                if let merged = merge(route, leaf, root: root, delegate: key) { rule.spec.http.append(merged) }
            }
        }
        return rule
    }

    private mutating func merge(
        _ route: HTTPRoute,
        _ leaf: HTTPRoute,
        root: RoutingRule,
        delegate: ObjectKey
    ) -> HTTPRoute? {
        guard leaf.delegate == nil else {
            complain(.delegateConflict, root, leaf, "\(delegate) delegates again, which is one level too deep")
            return nil
        }
        guard let matches = matches(route.match, leaf.match) else {
            complain(
                .delegateConflict,
                root,
                leaf,
                "a match of \(delegate) does not lie within the match of \(root.key) that delegates; the route is dropped"
            )
            return nil
        }
        var merged = leaf
        merged.match = matches
        merged.name = HTTPMatchRequest.joined(route.name, leaf.name)
        merged.rewrite = leaf.rewrite ?? route.rewrite
        merged.directResponse = leaf.directResponse ?? route.directResponse
        merged.timeout = leaf.timeout ?? route.timeout
        merged.retries = leaf.retries ?? route.retries
        merged.fault = leaf.fault ?? route.fault
        merged.mirror = leaf.mirror ?? route.mirror
        merged.mirrorPercentage = leaf.mirrorPercentage ?? route.mirrorPercentage
        merged.mirrorPercent = leaf.mirrorPercent ?? route.mirrorPercent
        merged.mirrors = leaf.mirrors.isEmpty ? route.mirrors : leaf.mirrors
        merged.corsPolicy = leaf.corsPolicy ?? route.corsPolicy
        merged.headers = leaf.headers ?? route.headers
        return merged
    }

    /// Matches of both; nil when some match of the delegate lies within none of the root's.
    private func matches(_ root: [HTTPMatchRequest], _ leaves: [HTTPMatchRequest]) -> [HTTPMatchRequest]? {
        if root.isEmpty { return leaves }
        if leaves.isEmpty { return root }
        var merged: [HTTPMatchRequest] = []
        for leaf in leaves {
            let found = root.compactMap { $0.merged(withDelegate: leaf) }
            if found.isEmpty { return nil }
            merged += found
        }
        return merged
    }

    private mutating func complain(
        _ code: ModelDiagnostic.Code,
        _ root: RoutingRule,
        _ route: HTTPRoute,
        _ message: String
    ) {
        diagnostics.append(
            ModelDiagnostic(code, object: root.key, location: route.source ?? root.metadata.source, message: message)
        )
    }
}
