package import KubernetesAPI

/// What the injector does when nobody says anything.
package enum InjectionDefaults {
    /// Tag of the proxy's image: the version of this build.
    package static let tag = "0.1.0"

    /// `values` of the injector with Istio's defaults, as far as they are not empty; the image is ours.
    package static let values: JSONValue = [
        "global": [
            "hub": "martlet",
            "tag": .string(tag),
            "istioNamespace": "istio-system",
            "pilotCertProvider": "istiod",
            "logging": ["level": "default:info"],
            "sds": ["token": ["aud": "istio-ca"]],
            "proxy": [
                "image": "proxyv2",
                "clusterDomain": "cluster.local",
                "logLevel": "warning",
                "componentLogLevel": "misc:error",
                "includeIPRanges": "*",
                "includeInboundPorts": "*",
                "statusPort": 15020,
                "readinessInitialDelaySeconds": 0,
                "readinessPeriodSeconds": 15,
                "readinessFailureThreshold": 4,
                "startupProbe": ["enabled": true, "failureThreshold": 600],
                "resources": [
                    "requests": ["cpu": "100m", "memory": "128Mi"],
                    "limits": ["cpu": "2000m", "memory": "1024Mi"],
                ],
            ],
            "proxy_init": ["image": "proxyv2"],
        ],
        "sidecarInjectorWebhook": ["rewriteAppHTTPProbe": true],
    ]
}
