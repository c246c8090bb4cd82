/// An access-log format made ready at configuration time: literals and operators in a row.
///
/// Source: Envoy's substitution formatter; TEXT is a string with operators, JSON an object of such strings.
package struct AccessLogFormat: Equatable, Sendable {
    /// A step of rendering.
    package enum Segment: Equatable, Sendable {
        case literal(ContiguousArray<UInt8>)
        /// `limit` cuts a string value (`:Z`); `quoted` renders a JSON string, or `null` where there is no value.
        case field(AccessLogOperator, limit: Int?, quoting: Quoting)
    }

    /// How a value is set into the line.
    package enum Quoting: Equatable, Sendable {
        /// As it is; `-` without a value. Control characters are escaped, so that a line stays a line.
        case none
        /// A whole JSON value: string, number or `null`.
        case json
        /// Inside a JSON string, between other text; `-` without a value.
        case insideJSON
    }

    package let segments: [Segment]

    /// Istio's default (`pilot/pkg/model/telemetry_logging.go`).
    package static let istioText = """
        [%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% \
        %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% \
        "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% \
        %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" \
        "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% \
        %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n
        """

    /// Istio's default keys for `accessLogEncoding: JSON`.
    package static let istioJSON: [(key: String, format: String)] = [
        ("start_time", "%START_TIME%"), ("route_name", "%ROUTE_NAME%"), ("method", "%REQ(:METHOD)%"),
        ("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"), ("protocol", "%PROTOCOL%"),
        ("response_code", "%RESPONSE_CODE%"), ("response_flags", "%RESPONSE_FLAGS%"),
        ("response_code_details", "%RESPONSE_CODE_DETAILS%"),
        ("connection_termination_details", "%CONNECTION_TERMINATION_DETAILS%"),
        ("upstream_transport_failure_reason", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"),
        ("bytes_received", "%BYTES_RECEIVED%"), ("bytes_sent", "%BYTES_SENT%"), ("duration", "%DURATION%"),
        ("upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"),
        ("x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"), ("user_agent", "%REQ(USER-AGENT)%"),
        ("request_id", "%REQ(X-REQUEST-ID)%"), ("authority", "%REQ(:AUTHORITY)%"), ("upstream_host", "%UPSTREAM_HOST%"),
        ("upstream_cluster", "%UPSTREAM_CLUSTER_RAW%"), ("upstream_local_address", "%UPSTREAM_LOCAL_ADDRESS%"),
        ("downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%"),
        ("downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"),
        ("requested_server_name", "%REQUESTED_SERVER_NAME%"),
    ]

    /// Compiles a TEXT format. A line feed at the end is the format's own business, as in Envoy.
    package init(text: String) throws(AccessLogFormatError) {
        segments = try Self.compile(text, quoting: .none)
    }

    /// Compiles a JSON format: one object per line, keys sorted as Envoy writes them.
    package init(json: [(key: String, format: String)]) throws(AccessLogFormatError) {
        var segments: [Segment] = []
        var opening = "{"
        for (key, format) in json.sorted(by: { $0.key < $1.key }) {
            segments.append(.literal(ContiguousArray("\(opening)\"\(JSONText.escaped(key))\":".utf8)))
            opening = ","
            let value = try Self.compile(format, quoting: .json)
            // A lone operator keeps its type; mixed text is one string.
            if value.count == 1, case .field = value[0] {
                segments += value
            } else {
                segments.append(.literal([0x22]))
                segments += try Self.compile(format, quoting: .insideJSON)
                segments.append(.literal([0x22]))
            }
        }
        segments.append(.literal(ContiguousArray((json.isEmpty ? "{}\n" : "}\n").utf8)))
        self.segments = segments
    }

    private static func compile(_ text: String, quoting: Quoting) throws(AccessLogFormatError) -> [Segment] {
        var segments: [Segment] = []
        var literal: ContiguousArray<UInt8> = []
        let bytes = ContiguousArray(text.utf8)
        var position = 0
        while position < bytes.count {
            guard bytes[position] == 0x25 else {
                literal.append(bytes[position])
                position += 1
                continue
            }
            guard let close = bytes[(position + 1)...].firstIndex(of: 0x25) else {
                throw .unbalancedPercent(offset: position)
            }
            if close == position + 1 {
                literal.append(0x25)
            } else {
                append(literal, to: &segments, quoting: quoting)
                literal = []
                let name = String(decoding: bytes[(position + 1)..<close], as: UTF8.self)
                let (field, limit) = try parse(name)
                segments.append(.field(field, limit: limit, quoting: quoting))
            }
            position = close + 1
        }
        append(literal, to: &segments, quoting: quoting)
        return segments
    }

    private static func append(_ literal: ContiguousArray<UInt8>, to segments: inout [Segment], quoting: Quoting) {
        guard !literal.isEmpty else { return }
        if quoting == .none { return segments.append(.literal(literal)) }
        segments.append(.literal(ContiguousArray(JSONText.escaped(String(decoding: literal, as: UTF8.self)).utf8)))
    }

    /// Reads `NAME`, `NAME(ARGUMENTS)` or `NAME(ARGUMENTS):LIMIT`.
    private static func parse(_ text: String) throws(AccessLogFormatError) -> (AccessLogOperator, limit: Int?) {
        guard let open = text.firstIndex(of: "(") else {
            guard let known = AccessLogOperator.simple[text] else { throw .unknownOperator(text) }
            return (known, nil)
        }
        guard let close = text.lastIndex(of: ")"), open < close else { throw .invalidArguments(text) }
        let rest = text[text.index(after: close)...]
        var limit: Int?
        if !rest.isEmpty {
            guard rest.first == ":", let number = Int(rest.dropFirst()), number > 0 else {
                throw .invalidArguments(text)
            }
            limit = number
        }
        if text[..<open] == "DYNAMIC_METADATA" {
            let path = text[text.index(after: open)..<close].split(separator: ":", omittingEmptySubsequences: false)
            guard path.allSatisfy({ !$0.isEmpty }) else { throw .invalidArguments(text) }
            return (.dynamicMetadata(path.map { ContiguousArray($0.utf8) }), limit)
        }
        let names = text[text.index(after: open)..<close].lowercased().split(
            separator: "?",
            omittingEmptySubsequences: false
        )
        guard names.count <= 2, names.allSatisfy({ !$0.isEmpty }), let header = names.first.map(String.init) else {
            throw .invalidArguments(text)
        }
        let alternative = names.count == 2 ? String(names[1]) : nil
        switch text[..<open] {
        case "REQ": return (.requestHeader(header, alternative: alternative), limit)
        case "RESP": return (.responseHeader(header, alternative: alternative), limit)
        case "TRAILER": return (.responseTrailer(header, alternative: alternative), limit)
        case let name where AccessLogOperator.simple[String(name)] != nil: throw .invalidArguments(text)
        case let name: throw .unknownOperator(String(name))
        }
    }
}
