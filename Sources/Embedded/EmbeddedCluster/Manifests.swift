import Foundation
import KubernetesAPI

/// Finds and reads the YAML that is to be applied.
enum Manifests {
    /// The objects of files and of folders' YAML files, in the order of their names.
    static func read(_ paths: [String]) throws(ClusterError) -> [KubernetesObject] {
        var objects: [KubernetesObject] = []
        for path in paths {
            for file in try files(path) {
                guard let data = FileManager.default.contents(atPath: file) else {
                    throw ClusterError("\(file) cannot be read")
                }
                do {
                    let text = String(decoding: data, as: UTF8.self)
                    objects += try KubernetesManifest.parse(text, file: file).map { KubernetesObject($0) }
                } catch {
                    throw ClusterError("\(error)")
                }
            }
        }
        return objects
    }

    /// The folder of a sample: beside the programs when installed, above them in a source tree.
    static func folder(of sample: Sample, programs: String) throws(ClusterError) -> String {
        var directory = programs
        while !directory.isEmpty, directory != "/" {
            for candidate in ["\(directory)/Samples/\(sample)", "\(directory)/share/martlet/samples/\(sample)"]
            where FileManager.default.fileExists(atPath: candidate) { return candidate }
            directory = (directory as NSString).deletingLastPathComponent
        }
        throw ClusterError("the folder Samples/\(sample) is not found above \(programs)")
    }

    private static func files(_ path: String) throws(ClusterError) -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ClusterError("\(path): there is no such file or folder")
        }
        guard isDirectory.boolValue else { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let files = names.filter { name in [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } }
        guard !files.isEmpty else { throw ClusterError("\(path) has no .yaml, .yml or .json file") }
        return files.sorted().map { "\(path)/\($0)" }
    }
}
