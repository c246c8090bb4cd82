internal import EnvoyAPI
internal import HTTPWire
internal import ProxyFilters
internal import ProxySnapshot
internal import SwiftProtobuf

extension CheckAnswer {
    /// What a response means; one that changes what it may not change, or asks for what is not known here, has failed.
    init(_ response: Envoy_Service_Auth_V3_CheckResponse) {
        // The older place wins, as in Envoy.
        let isOld = response.okResponse.hasDynamicMetadata
        let metadata = Self.members(isOld ? response.okResponse.dynamicMetadata : response.dynamicMetadata)
        guard response.status.code == 0 else {
            let denied = response.deniedResponse
            let status = denied.status.code.rawValue
            self = .denied(
                status: (100..<600).contains(status) ? UInt16(status) : 403,
                headers: denied.headers.compactMap { Self.header($0, appendsAlways: false) }
                    .filter(LocalResponse.isSound),
                body: ContiguousArray(denied.body.utf8),
                metadata: metadata
            )
            return
        }
        let allowed = response.okResponse
        var changes = CheckChanges()
        changes.metadata = metadata
        let edits = Self.queryEdits(allowed)
        guard response.unknownFields == UnknownStorage(), allowed.unknownFields == UnknownStorage(),
            let requestHeaders = Self.headers(allowed.headers, appendsAlways: false),
            let responseHeaders = Self.headers(allowed.responseHeadersToAdd, appendsAlways: true), let edits
        else {
            // Not done: what the service relies on would not be so.
            self = .failed
            return
        }
        changes.requestHeaders = requestHeaders
        changes.responseHeaders = responseHeaders
        changes.queryParameters = edits
        for name in allowed.headersToRemove {
            let header = LocalResponse.Header(name: HeaderName(name), value: [])
            // Pseudo-headers and the host stay, as in Envoy.
            if LocalResponse.isSound(header) { changes.removals.append(header.name) }
        }
        self = .allowed(changes)
    }

    /// nil if one of them may not go into a message.
    private static func headers(
        _ options: [Envoy_Config_Core_V3_HeaderValueOption],
        appendsAlways: Bool
    ) -> [LocalResponse.Header]? {
        var headers: [LocalResponse.Header] = []
        for option in options {
            guard let header = header(option, appendsAlways: appendsAlways), LocalResponse.isSound(header) else {
                return nil
            }
            headers.append(header)
        }
        return headers
    }

    /// - Parameter appendsAlways: whether a header that does not say is added to others of its name; else it replaces them.
    private static func header(
        _ option: Envoy_Config_Core_V3_HeaderValueOption,
        appendsAlways: Bool
    ) -> LocalResponse.Header? {
        guard !option.header.key.isEmpty, option.unknownFields == UnknownStorage() else { return nil }
        var header = LocalResponse.Header(
            name: HeaderName(option.header.key),
            value: ContiguousArray(option.header.value.utf8)
        )
        if option.hasAppend {
            header.replaces = !option.append.value
            return header
        }
        switch option.appendAction {
        case .appendIfExistsOrAdd: header.replaces = !appendsAlways
        case .addIfAbsent: header.condition = .ifAbsent
        case .overwriteIfExists: header.condition = .ifPresent
        case .overwriteIfExistsOrAdd: break
        case .UNRECOGNIZED: return nil
        }
        return header
    }

    /// nil if something would not be a query any more.
    private static func queryEdits(_ allowed: Envoy_Service_Auth_V3_OkHttpResponse) -> [CheckChanges.QueryEdit]? {
        func isSound(_ text: String, _ forbidden: [UInt8]) -> Bool {
            text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") && !forbidden.contains($0) }
        }
        let separators = [UInt8(ascii: "&"), UInt8(ascii: "=")]
        var edits: [CheckChanges.QueryEdit] = []
        for parameter in allowed.queryParametersToSet {
            guard !parameter.key.isEmpty, isSound(parameter.key, separators),
                isSound(parameter.value, [UInt8(ascii: "&")])
            else { return nil }
            edits.append(
                .init(name: ContiguousArray(parameter.key.utf8), value: ContiguousArray(parameter.value.utf8))
            )
        }
        for name in allowed.queryParametersToRemove {
            edits.append(.init(name: ContiguousArray(name.utf8), value: nil))
        }
        return edits
    }

    // MARK: Metadata

    private static func members(_ object: Google_Protobuf_Struct) -> [MetadataMember] {
        object.fields.sorted { $0.key < $1.key }.map {
            MetadataMember(name: ContiguousArray($0.key.utf8), value: value($0.value))
        }
    }

    /// No deeper than messages may be nested, which the reader of the message has made sure of.
    private static func value(_ value: Google_Protobuf_Value) -> MetadataValue {
        switch value.kind {
        case .nullValue?, nil: .null
        case .boolValue(let flag)?: .boolean(flag)
        case .numberValue(let number)?: Int64(exactly: number).map { MetadataValue.integer($0) } ?? .number(number)
        case .stringValue(let text)?: .text(ContiguousArray(text.utf8))
        case .listValue(let list)?: .list(list.values.map { Self.value($0) })
        case .structValue(let object)?: .object(members(object))
        }
    }
}
