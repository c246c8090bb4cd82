/// The text of a manifest, taken apart where its author did. Pure.
package enum ManifestText {
    /// The text's documents as they are written, without the `---` between them; blank ones are left out.
    package static func split(_ text: String) -> [Substring] {
        var documents: [Substring] = []
        var start = text.startIndex
        var line = text.startIndex
        while line < text.endIndex {
            let end = text[line...].firstIndex(where: \.isNewline) ?? text.endIndex
            let next = end < text.endIndex ? text.index(after: end) : end
            if isMarker(text[line..<end]) {
                documents.append(text[start..<line])
                start = text[line...].dropFirst(3).startIndex
            }
            line = next
        }
        documents.append(text[start...])
        return documents.filter { !$0.allSatisfy(\.isWhitespace) }
    }

    private static func isMarker(_ line: Substring) -> Bool {
        line.hasPrefix("---") && (line.count == 3 || line.dropFirst(3).first?.isWhitespace == true)
    }
}
