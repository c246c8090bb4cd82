import EnvoyAPI
import MeshConfig

/// Header operations of a rule, taken apart into what Envoy has for them (Istio `TranslateHeadersOperations`).
struct HeaderChanges {
    var requestToAdd: [XDS.HeaderValueOption] = []
    var requestToRemove: [String] = []
    var responseToAdd: [XDS.HeaderValueOption] = []
    var responseToRemove: [String] = []
    /// `Host` and `:authority` cannot be set as headers; setting them rewrites the authority.
    var authority = ""

    init(_ headers: Headers?) {
        if let request = headers?.request {
            requestToAdd = Self.additions(request)
            requestToRemove = request.remove.filter(Self.isChangeable)
            authority = Self.authority(request.set) ?? Self.authority(request.add) ?? ""
        }
        if let response = headers?.response {
            responseToAdd = Self.additions(response)
            responseToRemove = response.remove.filter(Self.isChangeable)
        }
    }

    private static func additions(_ operations: HeaderOperations) -> [XDS.HeaderValueOption] {
        options(operations.set, .overwriteIfExistsOrAdd) + options(operations.add, .appendIfExistsOrAdd)
    }

    private static func options(
        _ values: [String: String],
        _ action: XDS.HeaderValueOption.HeaderAppendAction
    ) -> [XDS.HeaderValueOption] {
        values.sorted { $0.key < $1.key }.compactMap { name, value in
            guard isChangeable(name), HeaderText.isText(value) else { return nil }
            var option = XDS.HeaderValueOption()
            option.header.key = name
            option.header.value = HeaderText.formatString(value)
            option.appendAction = action
            return option
        }
    }

    private static func authority(_ values: [String: String]) -> String? {
        values.sorted { $0.key < $1.key }.last { isAuthority($0.key) && HeaderText.isText($0.value) }?.value
    }

    private static func isAuthority(_ name: String) -> Bool {
        let lower = name.lowercased()
        return lower == "host" || lower == ":authority"
    }

    private static func isChangeable(_ name: String) -> Bool {
        HeaderText.isName(name) && !name.hasPrefix(":") && name.lowercased() != "host"
    }
}
