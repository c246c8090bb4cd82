import Foundation
import KubernetesAPI
import SwiftASN1
import X509

/// The secrets of a config dump (`envoy.admin.v3.SecretsConfigDump`), of Envoy or of our engine.
struct ProxySecrets {
    struct Entry {
        var name: String
        /// `ACTIVE`, or `WARMING` while it is not there.
        var status: String
        /// `Cert Chain` or `CA`; empty when it is not there.
        var type = ""
        /// Of a chain the first, of roots all of them.
        var certificates: [Certificate] = []
        /// Why it is not there, as far as the proxy says.
        var missing: String?
        /// As the proxy shows it.
        var json: JSONValue
    }

    /// By name.
    let entries: [Entry]

    init(_ dump: JSONValue) {
        var entries: [Entry] = []
        for config in dump["configs"]?.array ?? []
        where config["@type"]?.string?.hasSuffix(".SecretsConfigDump") == true {
            let members = ["static_secrets", "dynamic_active_secrets", "dynamic_warming_secrets"]
            for member in members {
                for value in config[member]?.array ?? [] {
                    entries.append(Entry(value, isWarming: member == "dynamic_warming_secrets"))
                }
            }
        }
        self.entries = entries.sorted { $0.name < $1.name }
    }

    /// The table of istioctl.
    func text(now: Date) -> String {
        var table = TextTable(
            ["RESOURCE NAME", "TYPE", "STATUS", "VALID CERT", "SERIAL NUMBER", "NOT AFTER", "NOT BEFORE"]
        )
        for entry in entries {
            if entry.certificates.isEmpty { table.add([entry.name, entry.type, entry.status, "false", "", "", ""]) }
            for certificate in entry.certificates {
                let isValid = certificate.notValidBefore <= now && now <= certificate.notValidAfter
                table.add([
                    entry.name, entry.type, entry.status, "\(isValid)", certificate.serialText,
                    certificate.notValidAfter.zuluText, certificate.notValidBefore.zuluText,
                ])
            }
        }
        return table.text
    }

    /// The secrets as the proxy shows them, whatever it shows of keys replaced.
    var redacted: JSONValue { .array(entries.map { Self.redact($0.json) }) }

    private static func redact(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            var result: [String: JSONValue] = [:]
            for (name, member) in members {
                let isSecret = ["private_key", "password", "session_ticket_keys", "generic_secret"].contains(name)
                result[name] = isSecret ? "[redacted]" : redact(member)
            }
            return .object(result)
        case .array(let members): return .array(members.map(redact))
        default: return value
        }
    }
}

extension ProxySecrets.Entry {
    init(_ value: JSONValue, isWarming: Bool) {
        let secret = value["secret"] ?? [:]
        let name = value["name"]?.string ?? secret["name"]?.string ?? ""
        self.init(name: name, status: "ACTIVE", json: value)
        missing = value[path: ["error_state", "details"]]?.string
        let isMissing = isWarming || value["version_info"]?.string == "uninitialized" || missing != nil
        if isMissing { status = "WARMING" }
        if let chain = secret[path: ["tls_certificate", "certificate_chain"]] {
            type = "Cert Chain"
            certificates = Array(Self.certificates(chain).prefix(1))
        } else if let roots = secret[path: ["validation_context", "trusted_ca"]] {
            type = "CA"
            certificates = Self.certificates(roots)
        }
    }

    /// The certificates of a `core.v3.DataSource`; what is no certificate is left out.
    private static func certificates(_ source: JSONValue) -> [Certificate] {
        var text = source["inline_string"]?.string
        if let encoded = source["inline_bytes"]?.string, let bytes = Base64.decode(encoded) {
            text = String(decoding: bytes, as: UTF8.self)
        }
        guard let text, let documents = try? PEMDocument.parseMultiple(pemString: text) else { return [] }
        return documents.compactMap { try? Certificate(pemDocument: $0) }
    }
}

extension Certificate {
    /// Lower-case hexadecimal digits, as OpenSSL and Envoy print a serial number.
    fileprivate var serialText: String {
        let digits = serialNumber.bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0\(text)" : text
        }.joined()
        let bare = digits.drop { $0 == "0" }
        return bare.count % 2 == 0 ? String(bare) : "0\(bare)"
    }
}

extension Date {
    /// RFC 3339 in whole seconds, `2026-11-29T16:39:25Z`.
    var zuluText: String { Timestamp(seconds: Int64(timeIntervalSince1970.rounded(.down))).description }
}

extension JSONValue {
    /// JSON for people: indented, in order of names.
    var prettyText: String {
        guard let value = try? JSONSerialization.jsonObject(with: Data(jsonBytes), options: .fragmentsAllowed),
            let data = try? JSONSerialization.data(
                withJSONObject: value,
                options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            )
        else { return jsonText }
        return String(decoding: data, as: UTF8.self)
    }
}
