import MeshTesting
import Testing
import X509

/// One chain that a client shows, and whether it should get in.
struct ChainCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let isWelcome: Bool
    let make: @Sendable (TestAuthority) throws -> IssuedLeaf

    static var all: [ChainCase] { names + rawNames + signers + lives + usages }

    private static func leaf(_ description: String, welcome: Bool, _ leaf: TestLeaf) -> ChainCase {
        ChainCase(testDescription: description, isWelcome: welcome) { try $0.issue(leaf) }
    }

    /// Identities by their text, each alone, before and after a good one, and beside DNS names.
    private static var names: [ChainCase] {
        let good = "spiffe://cluster.local/ns/default/sa/web"
        let texts: [(String, Bool)] =
            [
                good, "spiffe://cluster.local/ns/a/sa/b", "spiffe://cluster.local/ns/kube-system/sa/x.y_z",
                "spiffe://cluster.local/ns/A/sa/B9",
            ].map { ($0, true) }
            + [
                "spiffe://cluster.local", "spiffe://cluster.local/", "spiffe://cluster.local/ns/default",
                "spiffe://cluster.local/ns/default/sa/", "spiffe://cluster.local/ns//sa/web",
                "spiffe://cluster.local/sa/web/ns/default", "spiffe://cluster.local/ns/default/sa/web/",
                "spiffe://cluster.local/ns/default/sa/web/extra", "spiffe://cluster.local/ns/default/sa/web?x=y",
                "spiffe://cluster.local/ns/default/sa/web#x", "spiffe://cluster.local/ns/default/sa/%77eb",
                "spiffe://cluster.local/ns/default/sa/*", "spiffe://cluster.local/ns/*/sa/web",
                "spiffe://*/ns/default/sa/web", "spiffe://*.local/ns/default/sa/web",
                "spiffe://cluster.local.evil.com/ns/default/sa/web", "spiffe://evil.com/ns/default/sa/web",
                "spiffe://CLUSTER.LOCAL/ns/default/sa/web", "SPIFFE://cluster.local/ns/default/sa/web",
                "Spiffe://cluster.local/ns/default/sa/web", "http://cluster.local/ns/default/sa/web",
                "https://spiffe://cluster.local/ns/default/sa/web", "spiffe:/cluster.local/ns/default/sa/web",
                "spiffe:cluster.local/ns/default/sa/web", "spiffe:///ns/default/sa/web",
                "spiffe://cluster.local:443/ns/default/sa/web", "spiffe://me@cluster.local/ns/default/sa/web",
                "spiffe://cluster.local//ns/default/sa/web", "spiffe://cluster.local/ns/default/sa//web",
                "spiffe://cluster.local/ns/./sa/web", "spiffe://cluster.local/ns/../sa/web",
                "spiffe://cluster.local/ns/default/sa/..", "spiffe://cluster.local/ns/default/sa/web ",
                " spiffe://cluster.local/ns/default/sa/web", "spiffe://cluster.local/ns/default/sa/we b",
                "spiffe://cluster.local\\ns\\default\\sa\\web", "spiffe://cluster.local/NS/default/sa/web",
                "spiffe://cluster.local/ns/default/SA/web", "cluster.local/ns/default/sa/web",
                "urn:spiffe://cluster.local/ns/default/sa/web", "", "spiffe://cluster.local/ns/default/sa/web;x",
                "spiffe://cluster.local/ns/default/sa/web,spiffe://cluster.local/ns/a/sa/b",
            ].map { ($0, false) }
        return texts.flatMap { text, welcome in
            [
                leaf("URI \"\(text)\"", welcome: welcome, TestLeaf(uris: [text])),
                leaf(
                    "URI \"\(text)\" and a DNS name",
                    welcome: welcome,
                    TestLeaf(uris: [text], dnsNames: ["web.default"])
                ),
                leaf("DNS name \"\(text)\"", welcome: false, TestLeaf(dnsNames: [text])),
                leaf("common name \"\(text)\"", welcome: false, TestLeaf(dnsNames: ["web"], commonName: text)),
            ]
        }
    }

    /// Names the library does not write: NULs, other kinds of names with the right text, broken DER.
    private static var rawNames: [ChainCase] {
        let good = Array("spiffe://cluster.local/ns/default/sa/web".utf8)
        func names(_ parts: [(tag: UInt8, bytes: [UInt8])]) -> [UInt8] {
            let content = parts.flatMap { [$0.tag, UInt8(truncatingIfNeeded: $0.bytes.count)] + $0.bytes }
            return [0x30, UInt8(truncatingIfNeeded: content.count)] + content
        }
        let kinds: [(String, UInt8)] = [
            ("email", 0x81), ("DNS", 0x82), ("address", 0x87), ("registered id", 0x88), ("other", 0xA0), ("x400", 0xA3),
            ("directory", 0xA4), ("EDI party", 0xA5),
        ]
        let wrongKinds = kinds.map { kind, tag in
            leaf("identity as \(kind)", welcome: false, TestLeaf(rawNames: names([(tag, good)])))
        }
        let bad: [(String, [UInt8])] = [
            ("NUL at the end", good + [0]), ("NUL and more", good + [0] + Array("x".utf8)),
            ("NUL before", [0] + good), ("NUL within", Array("spiffe://cluster.local/ns/default/sa/w\0eb".utf8)),
            ("NUL after the domain", Array("spiffe://cluster.local\0.evil/ns/default/sa/web".utf8)),
            ("newline", good + [10]), ("escape", good + [27]), ("high byte", good + [0xFF]),
            ("UTF-8 look-alike", Array("spiffe://cluster.lоcal/ns/default/sa/web".utf8)), ("empty", []),
        ]
        return wrongKinds
            + bad.map { what, bytes in
                leaf("URI with \(what)", welcome: false, TestLeaf(rawNames: names([(0x86, bytes)])))
            }
            + [
                leaf("no names at all", welcome: false, TestLeaf(rawNames: [0x30, 0])),
                leaf("names that are no sequence", welcome: false, TestLeaf(rawNames: [0x04, 1, 0])),
                leaf("names cut short", welcome: false, TestLeaf(rawNames: Array(names([(0x86, good)]).dropLast()))),
                leaf("URI by raw DER", welcome: true, TestLeaf(rawNames: names([(0x86, good)]))),
            ]
    }

    /// Who signs, and through whom.
    private static var signers: [ChainCase] {
        let good = "spiffe://cluster.local/ns/default/sa/web"
        func chain(
            _ description: String,
            welcome: Bool,
            _ make: @escaping @Sendable (TestAuthority) throws -> IssuedLeaf
        ) -> ChainCase { ChainCase(testDescription: description, isWelcome: welcome, make: make) }
        return [
            chain("another root", welcome: false) { _ in try TestAuthority("other").workload(good) },
            chain("another root of the same name", welcome: false) { _ in try TestAuthority("root").workload(good) },
            chain("an intermediate", welcome: true) { try $0.intermediate("i").workload(good) },
            chain("two intermediates", welcome: true) { try $0.intermediate("i").intermediate("j").workload(good) },
            chain("an intermediate that may not sign", welcome: false) {
                try $0.intermediate("i", isAuthority: false).workload(good)
            },
            chain("an expired intermediate", welcome: false) {
                try $0.intermediate("i", expiresIn: -60).workload(good)
            },
            chain("a path longer than allowed", welcome: false) {
                try $0.intermediate("i", maxPathLength: 0).intermediate("j").workload(good)
            },
            chain("an intermediate of another root", welcome: false) { _ in
                try TestAuthority("other").intermediate("i").workload(good)
            },
            chain("an intermediate that is not shown", welcome: false) { root in
                try root.intermediate("i").workload(good).alone
            },
        ]
    }

    private static var lives: [ChainCase] {
        let uri = "spiffe://cluster.local/ns/default/sa/web"
        return [
            leaf("starts in ten minutes", welcome: false, TestLeaf(uris: [uri], startsIn: 600)),
            leaf(
                "starts in a year",
                welcome: false,
                TestLeaf(uris: [uri], startsIn: 86400 * 365, expiresIn: 86400 * 366)
            ),
            leaf("ended a minute ago", welcome: false, TestLeaf(uris: [uri], expiresIn: -60)),
            leaf(
                "ended a year ago",
                welcome: false,
                TestLeaf(uris: [uri], startsIn: -86400 * 366, expiresIn: -86400 * 365)
            ),
            leaf("ends in ten minutes", welcome: true, TestLeaf(uris: [uri], expiresIn: 600)),
        ]
    }

    private static var usages: [ChainCase] {
        let uri = "spiffe://cluster.local/ns/default/sa/web"
        return [
            leaf("for servers only", welcome: false, TestLeaf(uris: [uri], usages: [.serverAuth])),
            leaf("for clients only", welcome: true, TestLeaf(uris: [uri], usages: [.clientAuth])),
            leaf("for signing code", welcome: false, TestLeaf(uris: [uri], usages: [.codeSigning])),
            leaf("for mail", welcome: false, TestLeaf(uris: [uri], usages: [.emailProtection])),
            leaf("for any use unsaid", welcome: true, TestLeaf(uris: [uri], usages: nil)),
        ]
    }
}
