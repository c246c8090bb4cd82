internal import DiscoveryServer
internal import Foundation
internal import MeshTelemetry

/// The usual `process_*` metrics, read from `/proc/self`; nothing where there is no such file.
enum ProcessMetrics {
    static func write(to page: inout PrometheusText) {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return }
        for line in status.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, let value = Double(words[1]) else { continue }
            switch words[0] {
            case "VmRSS:":
                page.family("process_resident_memory_bytes", .gauge, help: "Resident memory size in bytes.")
                page.sample("process_resident_memory_bytes", [], value * 1024)
            case "VmHWM:":
                page.family("process_resident_memory_peak_bytes", .gauge, help: "Peak resident memory size in bytes.")
                page.sample("process_resident_memory_peak_bytes", [], value * 1024)
            case "Threads:":
                page.family("process_threads", .gauge, help: "Threads.")
                page.sample("process_threads", [], value)
            default:
                break
            }
        }
    }
}
