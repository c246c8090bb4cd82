internal import DiscoveryServer
internal import Foundation

/// The usual `process_*` metrics, read from `/proc/self`; nothing where there is no such file.
enum ProcessMetrics {
    static func write(to page: inout PrometheusText) {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return }
        for line in status.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, let value = Double(words[1]) else { continue }
            switch words[0] {
            case "VmRSS:":
                page.announce("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.")
                page.sample("process_resident_memory_bytes", [], value * 1024)
            case "VmHWM:":
                page.announce("process_resident_memory_peak_bytes", "gauge", "Peak resident memory size in bytes.")
                page.sample("process_resident_memory_peak_bytes", [], value * 1024)
            case "Threads:":
                page.announce("process_threads", "gauge", "Threads.")
                page.sample("process_threads", [], value)
            default:
                break
            }
        }
    }
}
