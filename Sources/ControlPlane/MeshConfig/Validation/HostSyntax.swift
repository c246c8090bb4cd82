/// Syntax and matching of hosts; functions that return text say what is wrong, or nil.
enum HostSyntax {
    /// A domain name without wildcard: labels in any case, at most 255 bytes, the last label not all digits.
    static func domain(_ text: String) -> String? {
        let name = text.hasSuffix(".") ? String(text.dropLast()) : text
        guard !name.isEmpty else { return "must not be empty" }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 255, labels.allSatisfy({ NameSyntax.isDNSLabel($0) }) else {
            return "\(text.quotedForMessage) is not a domain name"
        }
        if labels.count > 1, let last = labels.last, last.allSatisfy({ ("0"..."9").contains($0) }) {
            return "\(text.quotedForMessage) is not a domain name: the top-level label is all digits"
        }
        return nil
    }

    /// A domain name, `*`, or a domain whose first label is or begins with `*` (`*.x`, `*-x.y`).
    static func wildcardDomain(_ text: String) -> String? {
        guard let star = text.lastIndex(of: "*") else { return domain(text) }
        guard star == text.startIndex else {
            return "\(text.quotedForMessage): a wildcard may stand only at the beginning, as `*.example.com`"
        }
        let rest = text.dropFirst()
        if rest.isEmpty { return nil }
        if rest.hasPrefix(".") { return domain(String(rest.dropFirst())) }
        return rest.hasPrefix("-")
            ? domain("x" + rest) : "\(text.quotedForMessage): `*` must be a whole label or be followed by `-`"
    }

    /// What a VirtualService is for: a wildcard domain or an IP address.
    static func wildcardDomainOrAddress(_ text: String) -> String? {
        AddressSyntax.isAddress(text) ? nil : wildcardDomain(text)
    }

    /// Where traffic goes or a rule applies to.
    static func destinationHost(_ text: String) -> String? {
        if text.isEmpty { return "is required" }
        if text == "*" { return "`*` is not a destination" }
        return wildcardDomainOrAddress(text)
    }

    /// `namespace/host` of a Sidecar's egress: `.`, `*`, `~` or a name, then a wildcard domain.
    static func namespacedHost(_ text: String, exclusions: Bool) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return "\(text.quotedForMessage) is not of the form namespace/host" }
        var namespace = parts[0]
        if exclusions, namespace.count > 1, namespace.hasPrefix("~") { namespace = String(namespace.dropFirst()) }
        guard ["*", ".", "~"].contains(namespace) || NameSyntax.label(namespace) == nil else {
            return "\(text.quotedForMessage): the namespace must be `.`, `*`, `~` or a name"
        }
        return wildcardDomain(parts[1])
    }

    /// Whether every name that `narrow` covers is covered by `wide`.
    static func isCovered(_ narrow: String, by wide: String) -> Bool {
        let narrow = narrow.lowercased()
        let wide = wide.lowercased()
        guard wide.hasPrefix("*") else { return narrow == wide }
        let suffix = wide.dropFirst()
        return narrow.hasPrefix("*") ? narrow.dropFirst().hasSuffix(suffix) : narrow.hasSuffix(suffix)
    }

    /// Whether some name is covered by both.
    static func overlap(_ left: String, _ right: String) -> Bool {
        isCovered(left, by: right) || isCovered(right, by: left)
    }

    /// A gateway's name: `name` or `namespace/name`.
    static func gatewayName(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isRight: Bool
        switch parts.count {
        case 1: isRight = domain(text) == nil
        case 2: isRight = (parts[0] == "." || NameSyntax.label(parts[0]) == nil) && domain(parts[1]) == nil
        default: isRight = false
        }
        return isRight ? nil : "\(text.quotedForMessage) is not `name`, `namespace/name` or `mesh`"
    }
}
