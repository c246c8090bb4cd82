internal import SwiftProtobuf
internal import SystemPackage

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The environment that Istio's injection gives a sidecar, read once by the program.
package struct ProxyEnvironment: Sendable {
    private let variables: [String: String]

    /// An environment with these variables.
    package init(_ variables: [String: String]) { self.variables = variables }

    /// The environment of this process.
    package static var current: ProxyEnvironment {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return ProxyEnvironment(variables)
    }

    package subscript(name: String) -> String? { variables[name] }

    /// `sidecar~INSTANCE_IP~POD_NAME.POD_NAMESPACE~POD_NAMESPACE.svc.cluster.local`; `nil` when one of them lacks.
    package var nodeID: String? {
        guard let pod = variables["POD_NAME"], let namespace = variables["POD_NAMESPACE"],
            let address = variables["INSTANCE_IP"]
        else { return nil }
        return "sidecar~\(address)~\(pod).\(namespace)~\(namespace).svc.cluster.local"
    }

    /// `discoveryAddress` of `PROXY_CONFIG`.
    package var discoveryAddress: String? {
        let config = variables["PROXY_CONFIG"].flatMap { try? Google_Protobuf_Struct(jsonString: $0) }
        return config?.fields["discoveryAddress"]?.stringValue
    }

    /// Every `ISTIO_META_NAME` and `ISTIO_METAJSON_NAME` as a JSON object; values that are JSON themselves are taken as
    /// such.
    package var metadataJSON: String {
        var object = Google_Protobuf_Struct()
        for (name, text) in variables where name.hasPrefix("ISTIO_META_") {
            let key = String(name.dropFirst("ISTIO_META_".count))
            let isStructured = text.first == "{" || text.first == "["
            let structured = isStructured ? try? Google_Protobuf_Value(jsonString: text) : nil
            object.fields[key] = structured ?? Google_Protobuf_Value(stringValue: text)
        }
        // Of these the value is the member, as Istio's injection gives annotations and the like.
        for (name, text) in variables where name.hasPrefix("ISTIO_METAJSON_") {
            guard let value = try? Google_Protobuf_Value(jsonString: text) else { continue }
            object.fields[String(name.dropFirst("ISTIO_METAJSON_".count))] = value
        }
        return (try? object.jsonString()) ?? "{}"
    }

    /// `argument` itself, or the contents of FILE for `@FILE` (a megabyte at most).
    ///
    /// - Throws: when the file cannot be read.
    package static func text(_ argument: String) throws -> String {
        guard argument.first == "@" else { return argument }
        let file = try FileDescriptor.open(FilePath(String(argument.dropFirst())), .readOnly)
        return try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            var used = 0
            while used < bytes.count {
                let count = try bytes[used...].withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { break }
                used += count
            }
            return String(decoding: bytes[..<used], as: UTF8.self)
        }
    }
}
