import MeshConfig
import ProxySnapshot

/// What one set of authorization rules, or of requirements on tokens, says of a call.
package struct CallVerdict: Codable, Sendable, Hashable {
    /// What follows.
    package enum Result: String, Codable, Sendable, Hashable {
        case allowed
        case denied
        /// A rule of an AUDIT policy matches.
        case audited
        /// A rule of a CUSTOM policy matches: its provider is asked, which no simulation does.
        case asked
    }

    /// `ALLOW`, `DENY`, `AUDIT`, `CUSTOM`; `JWT` for tokens.
    package var action: String
    package var result: Result
    /// Whether nothing follows, as the policies are on trial (`istio.io/dry-run`).
    package var isDryRun = false
    /// The policy that matches, as the resources name it; nil if none does.
    package var policy: String?
    /// The user's object behind it, as `AuthorizationPolicy default/web`.
    package var object: String?
    /// The rule of that object, as `spec.rules[0]`.
    package var rule: String?
    /// Where the rule is written: `file:line:column`.
    package var location: String?
    /// More in words, as the objects none of whose rules matches.
    package var message: String?

    /// One line for people.
    var text: String {
        let what = isDryRun ? "would be \(result.rawValue) (dry run)" : result.rawValue
        let place = [object ?? policy, rule, location.map { "at \($0)" }].compactMap(\.self).joined(separator: " ")
        return "\(action): \(what)" + (place.isEmpty ? "" : " by \(place)") + (message.map { ", \($0)" } ?? "")
    }
}

/// The parts of a policy's name in resources: `ns[NAMESPACE]-policy[NAME]-rule[INDEX]`, with more around it for CUSTOM.
struct PolicyName {
    let key: ObjectKey
    let rule: Int

    init?(_ name: String) {
        guard let start = name.firstRange(of: "ns["), let middle = name.firstRange(of: "]-policy["),
            let last = name.firstRange(of: "]-rule["), start.upperBound <= middle.lowerBound,
            middle.upperBound <= last.lowerBound,
            let index = Int(name[last.upperBound...].prefix { $0 != "]" })
        else { return nil }
        key = ObjectKey(
            kind: .authorizationPolicy,
            namespace: String(name[start.upperBound..<middle.lowerBound]),
            name: String(name[middle.upperBound..<last.lowerBound])
        )
        rule = index
    }
}
