/// Where the logs of a container's runs are.
enum LogFiles {
    static func path(_ podDirectory: String, _ container: String, _ restartCount: Int64) -> String {
        "\(podDirectory)/containers/\(container)/\(restartCount).log"
    }

    /// The newest run there is, or the one before it; nil when there is none.
    static func find(_ podDirectory: String, _ container: String, previous: Bool) -> String? {
        let runs = runs(podDirectory, container)
        return runs.dropLast(previous ? 1 : 0).last.map { path(podDirectory, container, $0) }
    }

    /// Keeps the run that starts and the one before it.
    static func prune(_ podDirectory: String, _ container: String, newest: Int64) {
        for run in runs(podDirectory, container).filter({ $0 != newest }).dropLast() {
            FileBytes.removeTree(path(podDirectory, container, run))
            FileBytes.removeTree(path(podDirectory, container, run) + ".1")
        }
    }

    private static func runs(_ podDirectory: String, _ container: String) -> [Int64] {
        DirectoryEntries.of("\(podDirectory)/containers/\(container)").compactMap { name in
            name.hasSuffix(".log") ? Int64(name.dropLast(4)) : nil
        }.sorted()
    }
}
