internal import HTTPWire
internal import ProxyRouting
internal import ProxySnapshot

extension HeaderMatcher {
    /// Whether the header matches for an authorization rule.
    ///
    /// A header that comes in several lines is in doubt: which of them the workload takes is not known. A rule that
    /// forbids is met by any of them, a rule that allows by all of them only. (Envoy takes any of them for both.)
    func holds(in headers: borrowing HeaderBlock, doubt: Bool) -> Bool {
        guard case .string(let string) = value, let first = headers.firstIndex(of: name) else {
            return RouteMatcher.matches(headers, self)
        }
        // Below an inversion a match speaks against the rule.
        let inner = doubt != inverts
        var position: Int? = first
        var result = !inner
        while let index = position {
            let matches = headers.withBytes(headers.fields[index].valueRange) { string.matches($0, doubt: inner) }
            if matches == inner {
                result = inner
                break
            }
            position = headers.firstIndex(of: name, from: index &+ 1)
        }
        return result != inverts
    }
}
