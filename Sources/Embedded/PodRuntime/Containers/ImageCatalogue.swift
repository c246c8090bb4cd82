/// What the images of samples are on this machine: a name and the program that stands for it.
///
/// An image that no entry names runs the pod's own `command`, which must exist on the host.
package struct ImageCatalogue: Sendable {
    /// One image.
    package struct Entry: Sendable, Hashable {
        /// The image without tag, digest and registry: `istio/examples-bookinfo-reviews-v2`. It also stands for itself
        /// below every path of a mirror, unless ``isTool``; `*` as last character takes any ending.
        package var name: String
        /// What runs when the container names no `command`: an absolute path, or a name looked up in `PATH`.
        package var program: String
        /// What follows the program when the container names no `args`; with `command` none of these are taken.
        package var arguments: [String]
        package var environment: [String: String]
        /// Who runs it unless a securityContext says otherwise.
        package var user: UInt32
        package var workingDirectory: String
        /// Documentation only, as an image's `EXPOSE`.
        package var ports: [UInt16]
        /// Path in the container -> path on the host, bound read-only: how `/usr/local/bin/pilot-agent` gets there.
        package var files: [String: String]
        /// An image of tools, such as busybox: a first argument that is a program, and no option, runs instead of
        /// `program`; and only this very name is meant, for `debian` is in the names of many applications.
        package var isTool: Bool

        package init(
            name: String,
            program: String,
            arguments: [String] = [],
            environment: [String: String] = [:],
            user: UInt32 = 0,
            workingDirectory: String = "/",
            ports: [UInt16] = [],
            files: [String: String] = [:],
            isTool: Bool = false
        ) {
            self.name = name
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.user = user
            self.workingDirectory = workingDirectory
            self.ports = ports
            self.files = files
            self.isTool = isTool
        }
    }

    package var entries: [Entry]

    package init(_ entries: [Entry] = []) { self.entries = entries }

    /// The first entry that names this image.
    package func entry(for image: String) -> Entry? {
        let repository = Self.repository(of: image)
        return entries.first { entry in
            if entry.name.last == "*" {
                let start = entry.name.dropLast()
                return repository.hasPrefix(start) || repository.contains("/" + start)
            }
            return repository == entry.name || !entry.isTool && repository.hasSuffix("/" + entry.name)
        }
    }

    /// `docker.io/istio/proxyv2:1.29@sha256:...` -> `istio/proxyv2`; `docker.io/library/busybox` -> `busybox`.
    package static func repository(of image: String) -> String {
        var name = Substring(image)
        if let at = name.firstIndex(of: "@") { name = name[..<at] }
        let lastPart = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        if let colon = name[lastPart...].firstIndex(of: ":") { name = name[..<colon] }
        var parts = name.split(separator: "/", omittingEmptySubsequences: false)
        // The rule of image references: a first part with a dot or colon, or `localhost`, is a registry.
        if parts.count > 1, parts[0].contains(".") || parts[0].contains(":") || parts[0] == "localhost" {
            parts.removeFirst()
        }
        if parts.count == 2, parts[0] == "library" { parts.removeFirst() }
        return parts.joined(separator: "/")
    }
}
