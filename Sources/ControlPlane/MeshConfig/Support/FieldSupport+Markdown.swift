extension FieldSupport {
    /// `Documentation/FieldsNotActedOn.md`, generated from the rows.
    package static var markdown: String {
        var text = """
            # Fields not acted on

            Every field of the kinds below is decoded and validated. The ones in this list are not, or not everywhere,
            acted on yet; an object that uses one is accepted with a warning that names it. Kinds that are not listed in
            `MeshKind` are accepted with a warning as a whole.

            The list is generated from `FieldSupport` (`RECORD=1 swift test --filter FieldSupport` rewrites it).

            | Kind | Field | Envoy | Martlet's proxy |
            |-|-|-|-|

            """
        for row in rows {
            let envoy = row.support == .envoyOnly ? "yes" : "no"
            let path = row.path.split(separator: "|").joined(separator: "\\|")
            text += "| \(row.kind) | `\(path)` | \(envoy) | no |\n"
        }
        return text
    }
}
