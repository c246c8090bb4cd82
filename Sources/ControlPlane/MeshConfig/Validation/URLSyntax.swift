/// Syntax of URLs; functions say what is wrong with a text, or nil.
package enum URLSyntax {
    /// Parts of an `http` or `https` URL.
    package struct Web: Sendable, Hashable {
        /// Whether it is `https`.
        package var isSecure: Bool
        /// Host, without brackets.
        package var host: String
        /// Port, 80 or 443 when none is written.
        package var port: Int
    }

    /// Reads `http://HOST[:PORT][/...]` or `https://...`; nil when it is none, has user info, or bytes that no URL has.
    package static func parse(_ text: String) -> Web? {
        let isSecure: Bool
        if text.lowercased().hasPrefix("https://") {
            isSecure = true
        } else if text.lowercased().hasPrefix("http://") {
            isSecure = false
        } else {
            return nil
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { return nil }
        var host = authority
        var port = isSecure ? 443 : 80
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let number = UInt16(authority[colon...].dropFirst()), number > 0 else { return nil }
            port = Int(number)
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard AddressSyntax.isIPv6(String(host)) else { return nil }
        } else {
            guard HostSyntax.domain(String(host)) == nil || AddressSyntax.isIPv4(String(host)) else { return nil }
        }
        return Web(isSecure: isSecure, host: String(host), port: port)
    }

    /// An `http` or `https` URL of at most 2,048 bytes.
    static func web(_ text: String) -> String? {
        guard text.utf8.count <= 2048 else { return "is longer than 2,048 bytes" }
        return parse(text) == nil ? "\(text.quotedForMessage) is not a URL of http or https" : nil
    }
}
