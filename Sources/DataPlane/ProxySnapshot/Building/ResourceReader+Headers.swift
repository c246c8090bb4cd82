import EnvoyAPI
import HTTPWire
import SwiftProtobuf

/// The levels of a route table that change headers: the table, a virtual host, a route, a weighted cluster.
protocol HeaderModifying {
    var requestHeadersToAdd: [Envoy_Config_Core_V3_HeaderValueOption] { get }
    var requestHeadersToRemove: [String] { get }
    var responseHeadersToAdd: [Envoy_Config_Core_V3_HeaderValueOption] { get }
    var responseHeadersToRemove: [String] { get }
}

extension Envoy_Config_Route_V3_RouteConfiguration: HeaderModifying {}
extension Envoy_Config_Route_V3_VirtualHost: HeaderModifying {}
extension Envoy_Config_Route_V3_Route: HeaderModifying {}
extension Envoy_Config_Route_V3_WeightedCluster.ClusterWeight: HeaderModifying {}

extension ResourceReader {
    /// What one level does to requests' headers. `:`-prefixed headers and `host` are refused, as in Envoy.
    mutating func requestHeaders(of level: some HeaderModifying) throws(InvalidResource) -> HeaderModifications {
        try modifications("request_headers", add: level.requestHeadersToAdd, remove: level.requestHeadersToRemove)
    }

    /// What one level does to responses' headers.
    mutating func responseHeaders(of level: some HeaderModifying) throws(InvalidResource) -> HeaderModifications {
        try modifications("response_headers", add: level.responseHeadersToAdd, remove: level.responseHeadersToRemove)
    }

    private mutating func modifications(
        _ field: String,
        add: [Envoy_Config_Core_V3_HeaderValueOption],
        remove: [String]
    ) throws(InvalidResource) -> HeaderModifications {
        guard !add.isEmpty || !remove.isEmpty else { return HeaderModifications() }
        var removals: [HeaderName] = []
        for name in remove {
            removals.append(try modifiable("\(field)_to_remove", name))
        }
        let additions = try each("\(field)_to_add", add) { reader, option throws(InvalidResource) in
            try reader.addition(option)
        }
        return HeaderModifications(removals: removals, additions: additions)
    }

    private func modifiable(_ field: String, _ name: String) throws(InvalidResource) -> HeaderName {
        let header = try headerName(field, name)
        guard header.known != .authority, !name.hasPrefix(":") else {
            throw invalid(field, ":-prefixed or host headers may not be modified")
        }
        return header
    }

    private mutating func addition(
        _ option: Envoy_Config_Core_V3_HeaderValueOption
    ) throws(InvalidResource) -> HeaderAddition {
        noteUnknownFields(option)
        let action: HeaderAppendAction
        if option.hasAppend {
            action = option.append.value ? .appendIfExistsOrAdd : .overwriteIfExistsOrAdd
        } else {
            switch option.appendAction {
            case .appendIfExistsOrAdd: action = .appendIfExistsOrAdd
            case .addIfAbsent: action = .addIfAbsent
            case .overwriteIfExistsOrAdd: action = .overwriteIfExistsOrAdd
            case .overwriteIfExists: action = .overwriteIfExists
            case .UNRECOGNIZED: throw invalid("append_action", "is not known")
            }
        }
        return HeaderAddition(
            name: try modifiable("header.key", option.header.key),
            value: try template("header.value", option.header.value),
            action: action,
            keepsEmptyValue: option.keepEmptyValue
        )
    }

    /// Splits a header value into literals and command operators; `%%` is a percent sign.
    func template(_ field: String, _ text: String) throws(InvalidResource) -> HeaderValueTemplate {
        for byte in text.utf8 where byte == 0 || byte == 0x0a || byte == 0x0d {
            throw invalid(field, "a header value may not contain CR, LF or NUL")
        }
        var pieces: [HeaderValuePiece] = []
        var literal: [UInt8] = []
        var rest = Array(text.utf8)[...]
        let percent = UInt8(ascii: "%")
        while let start = rest.firstIndex(of: percent) {
            literal += rest[..<start]
            let tail = rest[(start + 1)...]
            guard let end = Self.commandEnd(tail) else {
                throw invalid(field, "\"%\" without an end; write \"%%\" for a percent sign")
            }
            if end == tail.startIndex {
                literal.append(percent)
            } else {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = []
                let name = String(decoding: tail[..<end], as: UTF8.self)
                guard let command = HeaderValueCommand(name) else {
                    throw invalid(field, "the command operator %\(name)% is not supported")
                }
                pieces.append(.command(command))
            }
            rest = tail[(end + 1)...]
        }
        literal += rest
        if pieces.isEmpty { return .literal(literal) }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        return .pieces(pieces)
    }

    /// Where a command ends: the next `%` outside parentheses (`%START_TIME(%s)%`).
    private static func commandEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
        var inParentheses = false
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "("): inParentheses = true
            case UInt8(ascii: ")"): inParentheses = false
            case UInt8(ascii: "%") where !inParentheses: return index
            default: break
            }
        }
        return nil
    }
}

extension HeaderValueCommand {
    /// Reads the text between the percent signs; `nil` for commands that are not supported in headers.
    init?(_ text: String) {
        var name = text[...]
        var argument: Substring?
        var length: Int?
        if let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close {
            name = text[..<open]
            argument = text[text.index(after: open)..<close]
            let tail = text[text.index(after: close)...]
            if tail.first == ":" {
                guard let number = Int(tail.dropFirst()), number >= 0 else { return nil }
                length = number
            } else if !tail.isEmpty {
                return nil
            }
        }
        if let command = Self.withoutArgument(name), argument == nil {
            self = command
            return
        }
        switch name {
        case "START_TIME":
            self = .startTime(format: argument.map(String.init) ?? "")
        case "REQ", "RESP":
            guard let argument else { return nil }
            let names = argument.split(separator: "?", maxSplits: 1).map { HeaderName(String($0)) }
            guard let first = names.first, names.allSatisfy(\.isValid) else { return nil }
            let second = names.count > 1 ? names[1] : nil
            self =
                name == "REQ"
                ? .requestHeader(first, alternative: second, maximumLength: length)
                : .responseHeader(first, alternative: second, maximumLength: length)
        default:
            return nil
        }
    }

    private static func withoutArgument(_ name: Substring) -> HeaderValueCommand? {
        switch name {
        case "DOWNSTREAM_REMOTE_ADDRESS": .downstreamRemoteAddress
        case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": .downstreamRemoteAddressWithoutPort
        case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS": .downstreamDirectRemoteAddress
        case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": .downstreamDirectRemoteAddressWithoutPort
        case "DOWNSTREAM_LOCAL_ADDRESS": .downstreamLocalAddress
        case "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT": .downstreamLocalAddressWithoutPort
        case "DOWNSTREAM_LOCAL_PORT": .downstreamLocalPort
        case "UPSTREAM_HOST", "UPSTREAM_REMOTE_ADDRESS": .upstreamRemoteAddress
        case "UPSTREAM_CLUSTER": .upstreamCluster
        case "PROTOCOL": .protocol
        case "REQUESTED_SERVER_NAME": .requestedServerName
        case "ROUTE_NAME": .routeName
        case "VIRTUAL_HOST_NAME": .virtualHostName
        case "HOSTNAME": .hostname
        case "RESPONSE_CODE": .responseCode
        case "RESPONSE_FLAGS": .responseFlags
        default: nil
        }
    }
}
