import ArgumentParser
import MeshConfig

/// `martlet fields`: the fields that are accepted and not, or not everywhere, acted on, as a page of Markdown.
struct FieldsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fields",
        abstract: "Prints the fields of mesh configuration that are not acted on yet, and by which engine."
    )

    func run() throws {
        print(FieldSupport.markdown, terminator: "")
    }
}
