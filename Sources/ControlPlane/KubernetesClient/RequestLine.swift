import KubernetesAPI

/// Paths and queries of the Kubernetes API. Pure.
enum RequestLine {
    /// `/apis/GROUP/VERSION/namespaces/NS/PLURAL/NAME/SUB` with what is absent left out.
    static func path(
        _ type: ResourceType,
        namespace: String?,
        name: String = "",
        subresource: String? = nil
    ) -> String {
        var path = type.group.isEmpty ? "/api/\(type.version)" : "/apis/\(type.group)/\(type.version)"
        if type.isNamespaced, let namespace, !namespace.isEmpty { path += "/namespaces/\(escaped(namespace))" }
        path += "/\(type.plural)"
        if !name.isEmpty { path += "/\(escaped(name))" }
        if let subresource { path += "/\(subresource)" }
        return path
    }

    /// What a list or watch asks for.
    static func query(_ options: ListOptions) -> [(String, String)] {
        var query: [(String, String)] = []
        if !options.labels.requirements.isEmpty { query.append(("labelSelector", options.labels.description)) }
        if !options.fields.requirements.isEmpty { query.append(("fieldSelector", options.fields.description)) }
        if !options.resourceVersion.isEmpty { query.append(("resourceVersion", options.resourceVersion)) }
        if options.limit > 0 { query.append(("limit", String(options.limit))) }
        if !options.continuation.isEmpty { query.append(("continue", options.continuation)) }
        if options.allowsBookmarks { query.append(("allowWatchBookmarks", "true")) }
        return query
    }

    /// `?a=b&c=d`, escaped; empty without parameters.
    static func text(_ query: [(String, String)]) -> String {
        query.isEmpty ? "" : "?" + query.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
    }

    /// RFC 3986: everything but unreserved characters.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return escaped
    }
}
