package import KubernetesAPI
package import Logging

/// The subresources `exec`, `attach` and `portforward` of pods, in every protocol that kubectl and its kin speak.
package enum PodStreamRoutes {
    /// What ``ClusterAPIServer`` takes as `upgradeRoutes`: WebSocket and SPDY/3.1, both in front of `streams`.
    package static func routes(to streams: any PodStreams, logger: Logger) -> [any UpgradeRoute] {
        [WebSocketRoute(streams: streams, logger: logger), SPDYRoute(streams: streams, logger: logger)]
    }
}
