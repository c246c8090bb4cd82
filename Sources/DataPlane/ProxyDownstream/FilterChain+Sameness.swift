internal import ProxySnapshot

extension FilterChain {
    /// Whether a connection of this chain would get the same treatment from `other`, so that it may go on when its
    /// listener is replaced (Envoy drains only the chains that an update changed).
    func isSame(as other: FilterChain) -> Bool {
        name == other.name && match == other.match && transportSocket == other.transportSocket
            && Self.areSame(guards, other.guards)
            && Self.areSame(networkFilter, other.networkFilter)
    }

    /// Compares by structure, because chains of another version are other objects; a doubtful case is not the same.
    private static func areSame(_ left: Any, _ right: Any) -> Bool {
        if let left = left as? any Equatable { return left.equals(right) }
        let (first, second) = (Mirror(reflecting: left), Mirror(reflecting: right))
        guard first.subjectType == second.subjectType, first.children.count == second.children.count else {
            return false
        }
        guard !first.children.isEmpty else { return String(describing: left) == String(describing: right) }
        return zip(first.children, second.children).allSatisfy { $0.label == $1.label && areSame($0.value, $1.value) }
    }
}

extension Equatable {
    fileprivate func equals(_ other: Any) -> Bool { other as? Self == self }
}
