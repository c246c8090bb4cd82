import HTTPWire
import ProxySnapshot
import SecurityTags
import Testing

@testable import ProxyFilters

/// Names of a certificate are its owner's to choose; what is told of them is one element of one header.
@Suite(.tags(.sec20)) struct HostileCertificateTests {
    /// Names that end keys, elements or headers, or pretend to be more of them.
    private static let words: [[UInt8]] = {
        var found = (0...255).map { [0x61, UInt8($0), 0x62] } + (0...255).map { [UInt8($0)] }
        let texts = [
            "a,By=spiffe://td/ns/x/sa/admin", "a;URI=spiffe://td/ns/x/sa/admin", "\"", "\\", "\\\"", "\\\\\"",
            "\",URI=x",
            "\\\",URI=x;Subject=\"", "a\r\nx-admin: 1", "a\nb", "CN=\\\",URI=x", "a\0b", "a b", "", ";", ",", "=",
            "\\,",
        ]
        found += texts.map { Array($0.utf8) }
        var state: UInt64 = 20
        let marks = Array("\"\\,;=a\r\n\u{e9}".utf8)
        for _ in 0..<500 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var bits = state
            found.append(
                (0..<Int(state >> 60)).map { _ in
                    bits = bits &* 2_862_933_555_777_941_757 &+ 3_037_000_493
                    return marks[Int(bits >> 33) % marks.count]
                }
            )
        }
        return found
    }()

    /// Elements of the header, each a list of `KEY=VALUE` with the quotes on; as Envoy's own reader takes it apart.
    private func elements(_ value: [UInt8]) -> [[[UInt8]]] {
        var all: [[[UInt8]]] = [[[]]]
        var isQuoted = false
        var isEscaped = false
        for byte in value {
            switch byte {
            case UInt8(ascii: ",") where !isQuoted: all.append([[]])
            case UInt8(ascii: ";") where !isQuoted: all[all.count - 1].append([])
            default:
                if byte == UInt8(ascii: "\""), !isEscaped { isQuoted.toggle() }
                all[all.count - 1][all[all.count - 1].count - 1].append(byte)
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        return all
    }

    @Test func oneCallerIsOneElementOfKnownKeys() {
        for word in Self.words {
            let name = ContiguousArray(word)
            let peer = PeerCertificateFacts(uriSANs: [name], dnsSANs: [name], subject: name, sha256: [0x30])
            let details = ClientCertificateDetails(subject: true, dns: true, uri: true)
            let value = Array(
                ForwardedCertificate.element(peer, by: ContiguousArray("spiffe://td/ns/n/sa/me".utf8), details)
            )
            #expect(!value.contains { $0 < 0x20 || $0 == 0x7F }, "\(word)")
            let found = elements(value)
            let keys = found.first?.map { String(decoding: $0.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self) }
            #expect(found.count == 1 && keys == ["By", "Hash", "Subject", "URI", "DNS"], "\(word)")
        }
    }
}
