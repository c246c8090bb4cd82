internal import HTTPWire

extension RequestHead {
    /// Changes query parameters as Envoy does, which writes them all anew then: in the order of their names, each with an
    /// equals sign, the values of one name in the order they came.
    mutating func edit(query edits: [CheckChanges.QueryEdit]) {
        guard let path, let bare = pathWithoutQuery else { return }
        var parameters: [(name: ContiguousArray<UInt8>, value: ContiguousArray<UInt8>)] = []
        for parameter in QueryParameters(self) {
            parameters.append(
                (
                    headers.withBytes(parameter.name) { ContiguousArray($0) },
                    headers.withBytes(parameter.value) { ContiguousArray($0) }
                )
            )
        }
        for edit in edits {
            parameters.removeAll { $0.name == edit.name }
            if let value = edit.value { parameters.append((edit.name, value)) }
        }
        // Sorting is stable.
        parameters.sort { $0.name.lexicographicallyPrecedes($1.name) }
        var target = headers.withBytes(bare) { ContiguousArray($0) }
        var mark = UInt8(ascii: "?")
        for parameter in parameters {
            target.append(mark)
            target.append(contentsOf: parameter.name)
            target.append(UInt8(ascii: "="))
            target.append(contentsOf: parameter.value)
            mark = UInt8(ascii: "&")
        }
        guard headers.withBytes(path, { !$0.elementsEqual(target) }) else { return }
        setPath(target)
    }
}
