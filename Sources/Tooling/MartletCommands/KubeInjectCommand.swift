import ArgumentParser
import Foundation
import KubernetesAPI
import SidecarInjection

/// `martlet kube-inject`: a manifest with the proxies that injection would add, for clusters without the webhook.
struct KubeInjectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kube-inject",
        abstract: "Prints a manifest with its pods injected.",
        usage: """
            martlet kube-inject -f FILE|- [-o FILE] [--meshConfigFile FILE] [--valuesFile FILE] [--revision NAME]
            martlet kube-inject -f FILE --request FILE|-
            """
    )

    @Option(name: [.customShort("f"), .customLong("filename")], help: "The manifest; - for standard input.")
    var path: String

    @Option(name: .shortAndLong, help: "Where to write; standard output when left out.")
    var output: String?

    @Option(name: .customLong("meshConfigFile"), help: "The mesh's configuration, as key mesh of ConfigMap istio.")
    var meshConfigFile: String?

    @Option(name: .customLong("valuesFile"), help: "The injector's values, merged over the defaults.")
    var valuesFile: String?

    @Option(
        name: .customLong("injectConfigFile"),
        help: "The injector's configuration, as key config of its ConfigMap."
    )
    var injectConfigFile: String?

    @Option(name: .shortAndLong, help: "The revision that injects.")
    var revision: String?

    @Option(name: .shortAndLong, help: "The namespace of objects that name none.")
    var namespace = "default"

    @Option(help: "A JSON request with further settings, or - for standard input.")
    var request: String?

    func validate() throws {
        if path == "-", request == "-" { throw ValidationError("-f and --request cannot both be standard input") }
    }

    func run() throws {
        var sources = InjectionSources()
        sources.revision = revision
        sources.mesh = try Self.value(of: meshConfigFile)
        sources.values = try Self.value(of: valuesFile)
        sources.config = try Self.value(of: injectConfigFile)
        var namespaces: [String: [String: String]]?
        if let request {
            let asked = try KubeInjectRequest(text: Self.text(of: request))
            try asked.apply(to: &sources)
            for warning in asked.warnings { warn("warning: \(warning)") }
            namespaces = asked.namespaces
        }
        let settings: InjectionSettings
        do {
            let made = try InjectionSettings.make(sources)
            settings = made.settings
            for warning in made.warnings { warn("warning: \(warning)") }
        } catch {
            throw ValidationError("\(error)")
        }
        let injection = ManifestInjection(
            SidecarInjector(settings),
            defaultNamespace: namespace,
            namespaces: namespaces
        )
        try write(try injected(Self.text(of: path), by: injection))
    }

    /// The text with the documents replaced that have pods to inject; all others stay as their author wrote them.
    func injected(_ text: String, by injection: ManifestInjection) throws -> String {
        var documents: [String] = []
        for document in ManifestText.split(text) {
            var isChanged = false
            var rendered: [String] = []
            do {
                for value in try KubernetesManifest.documents(String(document), file: path) {
                    let result = try injection.inject(value)
                    for note in result.notes { warn(note) }
                    isChanged = isChanged || result.isChanged
                    rendered.append(KubernetesManifest.yamlText(result.document))
                }
            } catch let error as InjectionError {
                throw ValidationError(error.faults.joined(separator: "\n"))
            } catch {
                throw ValidationError("\(error)")
            }
            if rendered.isEmpty { continue }
            documents.append(isChanged ? rendered.joined(separator: "---\n") : Self.tidied(document))
        }
        return documents.joined(separator: "---\n")
    }

    /// The document as it stands, with whole lines only.
    private static func tidied(_ document: Substring) -> String {
        let text = document.first == "\n" ? document.dropFirst() : document
        return text.last?.isNewline == true ? String(text) : text + "\n"
    }

    private func write(_ text: String) throws {
        guard let output else {
            FileHandle.standardOutput.write(Data(text.utf8))
            return
        }
        do {
            try text.write(toFile: output, atomically: true, encoding: .utf8)
        } catch {
            throw ValidationError("-o \(output): cannot be written: \(error.localizedDescription)")
        }
    }

    private func warn(_ text: String) { FileHandle.standardError.writeLine(text) }

    /// A file's text, or that of standard input for `-`.
    static func text(of path: String) throws -> String {
        let data =
            path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
        guard let data else { throw ValidationError("\(path): cannot be read") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ValidationError("\(path): is not UTF-8 text")
        }
        return text
    }

    /// What a file of settings holds: its first document, which must be a mapping.
    static func value(of path: String?) throws -> JSONValue {
        guard let path, !path.isEmpty else { return [:] }
        let value: JSONValue
        do {
            value = try KubernetesManifest.documents(try text(of: path), file: path).first ?? [:]
        } catch let error as ManifestError {
            throw ValidationError("\(error)")
        }
        guard value.object != nil else { throw ValidationError("\(path): must be a mapping of settings") }
        return value
    }
}
