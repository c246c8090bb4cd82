import MeshConfig

/// The mesh's trust domain and its aliases: identities of one are identities of all (Istio `trustdomain.Bundle`).
struct TrustDomains {
    private let all: [String]

    init(_ mesh: MeshConfiguration) {
        all = [mesh.trustDomain] + mesh.trustDomainAliases
    }

    /// Principals with every name of the trust domain in place of the one that is written; `cluster.local` always means
    /// the mesh's own, whatever its name is.
    func expand(principals: [String]) -> [String] {
        principals.flatMap(expand)
    }

    /// Trust domains, each of the mesh's own with all its names.
    func expand(domains: [String]) -> [String] {
        var seen: Set<String> = []
        return domains.flatMap { all.contains($0) ? all : [$0] }.filter { seen.insert($0).inserted }
    }

    private func expand(_ principal: String) -> [String] {
        let parts = principal.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, let written = parts.first, written != "*" else { return [principal] }
        guard written == "cluster.local" || all.contains(where: { Self.overlap(written, $0) }) else {
            return [principal]
        }
        var result: [String] = []
        for domain in all {
            let isCovered = written.hasPrefix("*") && domain.hasSuffix(written.dropFirst())
            let expanded = isCovered ? principal : ([domain] + parts.dropFirst()).joined(separator: "/")
            if !result.contains(expanded) { result.append(expanded) }
        }
        return result
    }

    private static func overlap(_ left: String, _ right: String) -> Bool {
        left == right || right == "*" || covers(left, right) || covers(right, left)
    }

    private static func covers(_ pattern: String, _ text: String) -> Bool {
        (pattern.hasSuffix("*") && text.hasPrefix(pattern.dropLast()))
            || (pattern.hasPrefix("*") && text.hasSuffix(pattern.dropFirst()))
    }
}
