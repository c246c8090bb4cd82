import MeshConfig
import MeshModel

/// The hosts of one port with what is routed for each.
struct GatewayHostTable {
    /// A rule as it applies to one Gateway's port.
    struct Source: Hashable {
        var rule: ObjectKey
        var gateway: String
        var port: UInt32
    }

    /// Hosts that share a virtual host because the same rules hold for all (Istio `collapseDuplicateRoutes`).
    struct Group: Hashable {
        /// The first host, which gives the name.
        var name: Hostname
        var port: UInt32
        var hosts: [Hostname]
        var sources: [Source]
        var redirectsToHTTPS: Bool
    }

    private struct Entry {
        var port: UInt32
        var sources: [Source] = []
        var redirectsToHTTPS = false
    }

    private struct Content: Hashable {
        var sources: [Source]
        var redirectsToHTTPS: Bool
    }

    private var entries: [Hostname: Entry] = [:]

    var isEmpty: Bool { entries.isEmpty }

    /// Adds the routes of a rule to a host.
    mutating func add(_ source: Source, to host: Hostname, of member: MergedGateway.Member) {
        guard HeaderText.isText(host.text), !host.text.isEmpty else { return }
        var entry = entries[host] ?? Entry(port: member.port)
        if !entry.sources.contains(source) { entry.sources.append(source) }
        if member.redirectsToHTTPS, member.protocol.isHTTP { entry.redirectsToHTTPS = true }
        entries[host] = entry
    }

    /// Sends a host's requests to HTTPS, whether or not a rule is there.
    mutating func redirect(_ host: Hostname, of member: MergedGateway.Member) {
        guard HeaderText.isText(host.text), !host.text.isEmpty else { return }
        entries[host, default: Entry(port: member.port)].redirectsToHTTPS = true
    }

    /// Virtual hosts, the most specific host first.
    var groups: [Group] {
        var groups: [Group] = []
        var indexes: [Content: Int] = [:]
        for (host, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let content = Content(sources: entry.sources, redirectsToHTTPS: entry.redirectsToHTTPS)
            if let index = indexes[content] {
                groups[index].hosts.append(host)
                continue
            }
            indexes[content] = groups.count
            groups.append(
                Group(
                    name: host,
                    port: entry.port,
                    hosts: [host],
                    sources: entry.sources,
                    redirectsToHTTPS: entry.redirectsToHTTPS
                )
            )
        }
        return groups
    }
}
