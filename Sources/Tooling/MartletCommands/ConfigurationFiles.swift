import ConfigSources
import Foundation

/// Reads the configuration that `-f` names, the way the control plane does.
enum ConfigurationFiles {
    /// Why a path gives no configuration.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String { "\(path): \(reason)" }
    }

    /// What each path holds, in order; faults inside are diagnostics.
    static func load(_ paths: [String]) throws(Failure) -> [ConfigUpdate] {
        var updates: [ConfigUpdate] = []
        for path in paths {
            guard FileManager.default.fileExists(atPath: path) else {
                throw Failure(path: path, reason: "there is no such file or folder")
            }
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw Failure(path: path, reason: "cannot be read")
            }
            updates.append(ConfigStore.load(path: path))
        }
        return updates
    }
}

extension FileHandle {
    /// Writes one line.
    func writeLine(_ text: String) {
        write(Data((text + "\n").utf8))
    }
}
