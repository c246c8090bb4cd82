internal import SwiftProtobuf

/// A probe of an application's container that the injection moved to the agent (`ISTIO_KUBE_APP_PROBERS`).
package struct ApplicationProbe: Sendable, Equatable {
    /// How it is asked.
    package enum Action: Sendable, Equatable {
        case http(HTTP)
        case tcp(port: Int)
        case grpc(port: Int, service: String)
    }

    /// A GET.
    package struct HTTP: Sendable, Equatable {
        package var path: String
        package var port: Int
        package var isHTTPS: Bool
        /// In order; a `Host` among them becomes the request's host.
        package var headers: [Header]

        /// A header that the probe sends.
        package struct Header: Sendable, Equatable {
            package var name: String
            package var value: String
        }
    }

    package var action: Action
    /// How long it may take in whole (`timeoutSeconds`, 1 by default).
    package var timeout: Duration

    init(action: Action, timeout: Duration) {
        self.action = action
        self.timeout = timeout
    }

    /// Reads all probers, by the path the kubelet asks the agent for.
    ///
    /// `unread` names the paths whose probe has none of the forms known, which then do not fail the rest.
    package static func all(_ text: String) throws -> (probes: [String: ApplicationProbe], unread: [String]) {
        var probes: [String: ApplicationProbe] = [:]
        var unread: [String] = []
        for (path, value) in try Google_Protobuf_Struct(jsonString: text).fields {
            if let probe = ApplicationProbe(value.structValue) { probes[path] = probe } else { unread.append(path) }
        }
        return (probes, unread.sorted())
    }

    private init?(_ object: Google_Protobuf_Struct) {
        let seconds = object.fields["timeoutSeconds"]?.numberValue ?? 1
        timeout = .seconds(seconds >= 1 && seconds < 86_400 ? seconds : 1)
        if let get = object.fields["httpGet"]?.structValue.fields {
            guard let port = Self.port(get["port"]) else { return nil }
            let path = get["path"]?.stringValue ?? "/"
            let headers = get["httpHeaders"]?.listValue.values.map(\.structValue.fields) ?? []
            action = .http(
                HTTP(
                    path: path.first == "/" ? path : "/\(path)",
                    port: port,
                    isHTTPS: get["scheme"]?.stringValue.uppercased() == "HTTPS",
                    headers: headers.map {
                        HTTP.Header(name: $0["name"]?.stringValue ?? "", value: $0["value"]?.stringValue ?? "")
                    }.filter { !$0.name.isEmpty }
                        + (get["host"].map { [HTTP.Header(name: "Host", value: $0.stringValue)] } ?? [])
                        .filter { !$0.value.isEmpty }
                )
            )
        } else if let tcp = object.fields["tcpSocket"]?.structValue.fields {
            guard let port = Self.port(tcp["port"]) else { return nil }
            action = .tcp(port: port)
        } else if let grpc = object.fields["grpc"]?.structValue.fields {
            guard let port = Self.port(grpc["port"]) else { return nil }
            action = .grpc(port: port, service: grpc["service"]?.stringValue ?? "")
        } else {
            return nil
        }
    }

    private static func port(_ value: Google_Protobuf_Value?) -> Int? {
        guard let value else { return nil }
        let number = value.stringValue.isEmpty ? Int(exactly: value.numberValue) : Int(value.stringValue)
        return number.flatMap { (1...65535).contains($0) ? $0 : nil }
    }
}
