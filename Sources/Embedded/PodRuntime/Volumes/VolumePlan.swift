import KubernetesAPI

/// One of `spec.volumes`.
struct VolumePlan: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        case emptyDirectory(isMemory: Bool, sizeLimit: Bool)
        /// configMap, secret, downwardAPI and projected are all lists of files.
        case files([FileSource], defaultMode: UInt32)
        case hostPath(String, type: String)
        /// The name of a kind this runtime does not know.
        case unsupported(String)
    }

    /// Where files of a volume come from.
    enum FileSource: Sendable, Hashable {
        case configMap(name: String, items: [Item], isOptional: Bool)
        case secret(name: String, items: [Item], isOptional: Bool)
        case downward([DownwardItem])
        case token(path: String, audience: String, expirationSeconds: Int64)
        case unsupported(String)
    }

    struct Item: Sendable, Hashable {
        var key: String
        var path: String
        var mode: UInt32?
    }

    struct DownwardItem: Sendable, Hashable {
        var path: String
        var mode: UInt32?
        /// `fieldRef.fieldPath`, or empty.
        var field: String
        /// `resourceFieldRef`.
        var resource: JSONValue?
    }

    var name: String
    var source: Source

    init(_ json: JSONValue) {
        name = json["name"]?.string ?? ""
        if let empty = json["emptyDir"] {
            source = .emptyDirectory(
                isMemory: empty["medium"]?.string == "Memory",
                sizeLimit: empty["sizeLimit"] != nil
            )
        } else if let map = json["configMap"] {
            source = .files([Self.configMap(map)], defaultMode: Self.mode(map["defaultMode"]) ?? 0o644)
        } else if let secret = json["secret"] {
            source = .files(
                [Self.secret(secret, name: secret["secretName"]?.string)],
                defaultMode: Self.mode(secret["defaultMode"]) ?? 0o644
            )
        } else if let downward = json["downwardAPI"] {
            source = .files(
                [.downward(Self.downwardItems(downward))],
                defaultMode: Self.mode(downward["defaultMode"]) ?? 0o644
            )
        } else if let projected = json["projected"] {
            source = .files(
                (projected["sources"]?.array ?? []).map(Self.projected),
                defaultMode: Self.mode(projected["defaultMode"]) ?? 0o644
            )
        } else if let path = json["hostPath"] {
            source = .hostPath(path["path"]?.string ?? "", type: path["type"]?.string ?? "")
        } else {
            source = .unsupported(json.object?.keys.filter { $0 != "name" }.sorted().first ?? "none")
        }
    }

    private static func projected(_ json: JSONValue) -> FileSource {
        if let map = json["configMap"] { return configMap(map) }
        if let secret = json["secret"] { return Self.secret(secret, name: secret["name"]?.string) }
        if let downward = json["downwardAPI"] { return .downward(downwardItems(downward)) }
        if let token = json["serviceAccountToken"] {
            return .token(
                path: token["path"]?.string ?? "token",
                audience: token["audience"]?.string ?? "",
                expirationSeconds: max(600, token["expirationSeconds"]?.integer ?? 3600)
            )
        }
        return .unsupported(json.object?.keys.sorted().first ?? "none")
    }

    private static func configMap(_ json: JSONValue) -> FileSource {
        .configMap(
            name: json["name"]?.string ?? "",
            items: items(json),
            isOptional: json["optional"]?.bool ?? false
        )
    }

    private static func secret(_ json: JSONValue, name: String?) -> FileSource {
        .secret(name: name ?? "", items: items(json), isOptional: json["optional"]?.bool ?? false)
    }

    private static func items(_ json: JSONValue) -> [Item] {
        (json["items"]?.array ?? []).map { item in
            Item(key: item["key"]?.string ?? "", path: item["path"]?.string ?? "", mode: mode(item["mode"]))
        }
    }

    private static func downwardItems(_ json: JSONValue) -> [DownwardItem] {
        (json["items"]?.array ?? []).map { item in
            DownwardItem(
                path: item["path"]?.string ?? "",
                mode: mode(item["mode"]),
                field: item[path: ["fieldRef", "fieldPath"]]?.string ?? "",
                resource: item["resourceFieldRef"]
            )
        }
    }

    private static func mode(_ json: JSONValue?) -> UInt32? {
        json?.integer.flatMap { UInt32(exactly: $0) }.map { $0 & 0o777 }
    }
}
