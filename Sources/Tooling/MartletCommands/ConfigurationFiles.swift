import Foundation
import MeshSimulation

/// Reads the configuration files that `-f` names: a file, or every YAML or JSON file below a folder.
enum ConfigurationFiles {
    /// Why a path gives no configuration.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String { "\(path): \(reason)" }
    }

    private static let endings: Set<String> = ["yaml", "yml", "json"]

    /// The files of `paths` in order; those of a folder sorted by path.
    static func read(_ paths: [String]) throws(Failure) -> [SimulatedConfiguration.File] {
        var files: [SimulatedConfiguration.File] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw Failure(path: path, reason: "there is no such file or folder")
            }
            let names = isFolder.boolValue ? namesBelow(path) : [path]
            for name in names {
                guard let data = FileManager.default.contents(atPath: name) else {
                    throw Failure(path: name, reason: "cannot be read")
                }
                files.append(SimulatedConfiguration.File(name: name, bytes: [UInt8](data)))
            }
        }
        return files
    }

    private static func namesBelow(_ folder: String) -> [String] {
        let base = folder.hasSuffix("/") ? folder : folder + "/"
        let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return all.filter { name in
            let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
            return !isHidden && endings.contains(name.split(separator: ".").last.map { $0.lowercased() } ?? "")
        }.sorted().map { base + $0 }
    }
}

extension FileHandle {
    /// Writes one line.
    func writeLine(_ text: String) {
        write(Data((text + "\n").utf8))
    }
}
