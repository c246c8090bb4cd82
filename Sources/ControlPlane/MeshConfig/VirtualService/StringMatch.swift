/// How a string is matched (Istio `StringMatch`); case-sensitive unless said otherwise beside it.
package enum StringMatch: Sendable, Hashable {
    /// The whole string.
    case exact(String)
    /// The beginning of the string.
    case prefix(String)
    /// RE2 expression over the whole string.
    case regex(String)
    /// An empty match (`{}` or null): the header or parameter need only be there.
    case present
}
