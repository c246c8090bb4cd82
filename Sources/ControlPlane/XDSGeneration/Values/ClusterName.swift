/// Names of clusters as Istio's proxies carry them (Istio `model.BuildSubsetKey`).
package enum ClusterName {
    /// `outbound|PORT|SUBSET|HOST`; an empty subset is the whole service.
    package static func outbound(port: UInt32, subset: String = "", host: String) -> String {
        "outbound|\(port)|\(subset)|\(host)"
    }

    /// `inbound|PORT||`, the port being the workload's own.
    package static func inbound(port: UInt32) -> String {
        "inbound|\(port)||"
    }

    /// Parts of an outbound name; nil for any other name.
    package static func parseOutbound(_ name: String) -> (port: UInt32, subset: String, host: String)? {
        let parts = name.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "outbound", let port = UInt32(parts[1]), !parts[3].isEmpty else {
            return nil
        }
        return (port, String(parts[2]), String(parts[3]))
    }
}
