/// Manifests as users write them: YAML of several documents, or JSON.
package enum KubernetesManifest {
    /// A longer text is refused, bytes.
    package static let sizeLimit = 16 << 20

    /// The objects of a text, in order; empty documents are left out and a `List` gives its items.
    ///
    /// Plain scalars are read as kubectl reads them (YAML 1.1: `yes` and `on` are true, `0644` is octal). Nesting ends
    /// at ``JSONValue/depthLimit``, aliases at 100,000 nodes. The error names line and column of the first thing wrong.
    package static func parse(_ text: String, file: String = "") throws(ManifestError) -> [JSONValue] {
        try documents(text, file: file).flatMap(flattened)
    }

    /// The documents of a text as ``parse(_:file:)`` reads them, with every `List` left whole.
    package static func documents(_ text: String, file: String = "") throws(ManifestError) -> [JSONValue] {
        guard text.utf8.count <= sizeLimit else {
            throw ManifestError(
                file: file,
                line: 1,
                column: 1,
                message: "longer than \(sizeLimit) bytes; split it into several"
            )
        }
        return try values(text, file: file)
    }

    private static func values(_ text: String, file: String) throws(ManifestError) -> [JSONValue] {
        // JSON is YAML nearly always; its own reader is faster, and tells more of what is wrong.
        if text.utf8.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{"),
            let value = try? JSONValue(json: text)
        {
            return [value]
        }
        return try ManifestReader.documents(text, file: file)
    }

    private static func flattened(_ document: JSONValue) -> [JSONValue] {
        guard let kind = document["kind"]?.string, kind.hasSuffix("List"), let items = document["items"]?.array else {
            return [document]
        }
        return items.flatMap(flattened)
    }

    /// The value as one YAML document: members sorted by name, texts of several lines as block literals, quotes only
    /// where a text would read as something else. Ends with a line break; ``parse(_:file:)`` gives the value back.
    package static func yamlText(_ value: JSONValue) -> String {
        var writer = YAMLWriter()
        writer.writeDocument(value)
        return writer.text
    }
}
