/// Which addresses the embedded cluster uses; none of them is seen by the host.
package struct ClusterAddresses: Sendable, Hashable {
    package var pods = IPv4Range(IPv4Address(number: 0x0AF4_0000), prefixLength: 16)
    /// The node's own address: where probes come from and node ports are served.
    package var hub = IPv4Address(number: 0x0AF4_0001)
    package var services = IPv4Range(IPv4Address(number: 0x0A60_0000), prefixLength: 16)
    package var loadBalancers = IPv4Range(IPv4Address(number: 0x0A61_0000), prefixLength: 16)
    /// The cluster IP of Service `default/kubernetes`, a local address of the hub.
    package var apiServer = IPv4Address(number: 0x0A60_0001)
    /// The cluster IP of Service `kube-system/kube-dns`, a local address of the hub.
    package var nameserver = IPv4Address(number: 0x0A60_000A)
    /// Where a pod's default route leads; no interface has it.
    package var gateway = IPv4Address(number: 0xA9FE_0101)

    /// Pods 10.244.0.0/16, Services 10.96.0.0/16, load balancers 10.97.0.0/16.
    package init() {}

    /// What the hub itself answers on.
    package var local: [IPv4Address] { [hub, apiServer, nameserver] }
}
