import Foundation
import KubernetesAPI

/// One client of a control plane in `proxy-status`; `-o json` prints it as it is.
struct ProxyStatusRow: Codable, Equatable {
    /// `POD.NAMESPACE`.
    var name: String
    var cluster: String
    /// The control plane's pod.
    var plane: String
    var version: String
    /// `SYNCED`, `STALE`, `NOT SENT` or `REJECTED`, by `CDS`, `LDS` and the like; only what is subscribed to.
    var types: [String: String]
    /// RFC 3339; nil when it is not known.
    var certificateExpiry: String?

    /// Reads a member of `/debug/syncz`, of `martletd` or of Istio; nil for what has no name.
    init?(_ value: JSONValue, plane: String) {
        guard let name = value["proxy"]?.string, !name.isEmpty else { return nil }
        self.name = name
        self.plane = plane
        cluster = value["cluster_id"]?.string ?? ""
        version = value["proxy_version"]?.string ?? value["istio_version"]?.string ?? ""
        types = [:]
        if let said = value["types"]?.object {
            for (type, sync) in said { types[type.uppercased()] = sync["status"]?.string ?? "" }
            return
        }
        for (type, field) in Self.fields {
            guard let sent = value["\(field)_sent"]?.string, !sent.isEmpty else { continue }
            types[type] = sent == value["\(field)_acked"]?.string ? "SYNCED" : "STALE"
        }
    }

    /// Sorted, the streams of a proxy and of its agent as one: an Envoy's agent asks for roots by itself.
    static func joined(_ rows: [ProxyStatusRow]) -> [ProxyStatusRow] {
        let sorted = rows.sorted {
            ($0.name, $0.plane, -$0.types.count, $0.version) < ($1.name, $1.plane, -$1.types.count, $1.version)
        }
        var result: [ProxyStatusRow] = []
        for row in sorted {
            guard let last = result.last, last.name == row.name, last.plane == row.plane,
                row.types["CDS"] == nil, row.types["LDS"] == nil
            else {
                result.append(row)
                continue
            }
            result[result.count - 1].types.merge(row.types) { first, _ in first }
        }
        return result
    }

    private static let fields = [
        ("CDS", "cluster"), ("LDS", "listener"), ("EDS", "endpoint"), ("RDS", "route"), ("ECDS", "extensionconfig"),
    ]

    /// The pod it stands in; nil where the name says none.
    var pod: ObjectName? {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex, name.last != "." else { return nil }
        return ObjectName(namespace: String(name[name.index(after: dot)...]), name: String(name[..<dot]))
    }

    /// Whether it is that pod, or one of a Deployment of that name.
    func isOf(_ wanted: ObjectName) -> Bool {
        guard let pod, pod.namespace == wanted.namespace else { return false }
        return pod.name == wanted.name || pod.name.hasPrefix("\(wanted.name)-")
    }

    /// When the certificate of `/certs` that ends first expires; nil when there is none.
    static func expiry(_ certificates: JSONValue) -> String? {
        (certificates["certificates"]?.array ?? [])
            .flatMap { $0["cert_chain"]?.array ?? [] }
            .compactMap { $0["expiration_time"]?.string }
            .min()
    }

    // MARK: Table

    /// istioctl's columns of today (0) or of the past (1), and CERT.
    static func table(_ rows: [ProxyStatusRow], verbosity: Int, now: Date) -> String {
        let columns = fields.map(\.0)
        let header =
            verbosity > 0
            ? ["NAME", "CLUSTER"] + columns + ["ISTIOD", "VERSION", "CERT"]
            : ["NAME", "CLUSTER", "ISTIOD", "VERSION", "SUBSCRIBED TYPES", "CERT"]
        var table = TextTable(header)
        for row in rows {
            let cert = row.certificate(now: now)
            table.add(
                verbosity > 0
                    ? [row.name, row.cluster] + columns.map { row.types[$0] ?? "IGNORED" }
                        + [row.plane, row.version, cert]
                    : [row.name, row.cluster, row.plane, row.version, row.subscribed, cert]
            )
        }
        return table.text
    }

    /// `4 (CDS,LDS,EDS,RDS)`, and what is not in step.
    var subscribed: String {
        let known = Self.fields.map(\.0).filter { types[$0] != nil }
        let names = known + types.keys.filter { !known.contains($0) }.sorted()
        let late = names.filter { types[$0] != "SYNCED" }.map { " \($0) \(types[$0] ?? "")" }
        return "\(names.count) (\(names.joined(separator: ",")))" + late.joined()
    }

    /// The time that is left.
    func certificate(now: Date) -> String {
        guard let end = certificateExpiry.flatMap({ Timestamp($0) }) else { return "-" }
        return Self.remaining(end.seconds - Int64(now.timeIntervalSince1970.rounded(.down)))
    }

    /// `3d5h`, `23h41m`, `12m3s` or `EXPIRED`.
    static func remaining(_ seconds: Int64) -> String {
        guard seconds > 0 else { return "EXPIRED" }
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60)
        if days > 1 { return "\(days)d\(hours)h" }
        if seconds >= 3600 { return "\(seconds / 3600)h\(minutes)m" }
        return "\(minutes)m\(seconds % 60)s"
    }
}
