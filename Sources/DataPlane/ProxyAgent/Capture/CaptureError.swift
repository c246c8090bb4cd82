/// Why traffic could not be captured.
package enum CaptureError: Error, Equatable, CustomStringConvertible {
    /// A program is not in the image or on the host.
    case missingTool(String)
    /// The kernel refused for lack of a capability.
    case notPermitted(tool: String)
    /// A program ended with an error.
    case failed(tool: String, reason: String)
    /// The probe did not come back by the proxy's port.
    case notCaptured(String)

    package var description: String {
        switch self {
        case .missingTool(let tool):
            "\(tool) is not installed: install the package iptables (and iproute2), or use an image that has it"
        case .notPermitted(let tool):
            "\(tool) may not change the rules: run as root with the capabilities NET_ADMIN and NET_RAW"
        case .failed(let tool, let reason): "\(tool) failed: \(reason)"
        case .notCaptured(let reason):
            "traffic is not captured: \(reason). The node's CNI plugin or istio-init did not set the pod's rules up"
        }
    }
}
