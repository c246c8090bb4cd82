/// A host the mesh routes to: an FQDN, an IP address, a wildcard such as `*.example.com`, or `*`.
///
/// Compared without regard to case: the text is lower-cased once, when the value is made (DNS, RFC 4343).
package struct Hostname: Sendable, Hashable, CustomStringConvertible {
    /// Text in lower case, without a trailing dot.
    package let text: String

    /// Takes a host as written; nothing is refused here, validation happened when the object was decoded.
    package init(_ text: String) {
        let lower = text.utf8.contains { $0 >= 0x41 && $0 <= 0x5A } ? text.lowercased() : text
        self.text = lower.hasSuffix(".") && lower != "." ? String(lower.dropLast()) : lower
    }

    /// The host that stands for every host.
    package static let any = Hostname("*")

    /// Whether the host stands for a family of hosts.
    package var isWildcard: Bool { text.utf8.first == UInt8(ascii: "*") }

    package var description: String { text }

    /// What every host of a wildcard ends with; the whole text when there is no wildcard.
    private var suffix: Substring { isWildcard ? text.dropFirst() : text[...] }

    /// Whether some host is covered by both (Istio `host.Name.Matches`, both directions).
    ///
    /// `*.foo.com` does not match `foo.com`. Cost: the shorter name's length.
    package func matches(_ other: Hostname) -> Bool {
        switch (isWildcard, other.isWildcard) {
        case (true, true): suffix.hasSuffix(other.suffix) || other.suffix.hasSuffix(suffix)
        case (true, false): other.text.hasSuffix(suffix)
        case (false, true): text.hasSuffix(other.suffix)
        case (false, false): text == other.text
        }
    }

    /// Whether every host covered by this name is covered by the other (Istio `host.Name.SubsetOf`).
    package func isSubset(of other: Hostname) -> Bool {
        switch (isWildcard, other.isWildcard) {
        case (true, true): suffix.hasSuffix(other.suffix)
        case (true, false): false
        case (false, true): text.hasSuffix(other.suffix)
        case (false, false): text == other.text
        }
    }
}

extension Hostname: Comparable {
    /// Most specific first: names before wildcards, longer before shorter, then by text (Istio `host.Names.Less`).
    package static func < (left: Hostname, right: Hostname) -> Bool {
        if left.isWildcard != right.isWildcard { return !left.isWildcard }
        let lengths = (left.text.utf8.count, right.text.utf8.count)
        return lengths.0 == lengths.1 ? left.text < right.text : lengths.0 > lengths.1
    }
}

extension Hostname {
    /// Expands a host as a rule of `namespace` wrote it (Istio `ResolveShortnameToFQDN`).
    ///
    /// Only a name without a dot is short: `reviews` becomes `reviews.<namespace>.svc.<domain>`, while `reviews.prod`,
    /// wildcards and addresses stay what they are. `namespace` is the rule's, never the caller's.
    package static func resolve(shortName: String, namespace: String, domain: String) -> Hostname {
        let isAsWritten =
            shortName.isEmpty
            || shortName.utf8.contains { byte in
                byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "*")
            }
        if isAsWritten { return Hostname(shortName) }
        return service(shortName, namespace: namespace, domain: domain)
    }

    /// Host of a Kubernetes Service: `<name>.<namespace>.svc.<domain>`.
    package static func service(_ name: String, namespace: String, domain: String) -> Hostname {
        Hostname(namespace.isEmpty ? "\(name).svc.\(domain)" : "\(name).\(namespace).svc.\(domain)")
    }
}
