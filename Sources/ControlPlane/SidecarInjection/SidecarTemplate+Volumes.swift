import KubernetesAPI

extension SidecarTemplate {
    var volumes: [JSONValue] {
        var volumes: [JSONValue] = [
            ["name": "workload-socket", "emptyDir": [:]],
            ["name": "credential-socket", "emptyDir": [:]],
            ["name": "workload-certs", "emptyDir": [:]],
            ["name": "istio-envoy", "emptyDir": ["medium": "Memory"]],
            ["name": "istio-data", "emptyDir": [:]],
            [
                "name": "istio-podinfo",
                "downwardAPI": [
                    "items": [
                        ["path": "labels", "fieldRef": ["fieldPath": "metadata.labels"]],
                        ["path": "annotations", "fieldRef": ["fieldPath": "metadata.annotations"]],
                    ]
                ],
            ],
            [
                "name": "istio-token",
                "projected": [
                    "sources": [
                        [
                            "serviceAccountToken": [
                                "path": "istio-token", "expirationSeconds": 43200,
                                "audience": .string(context.settings.tokenAudience),
                            ]
                        ]
                    ]
                ],
            ],
        ]
        if context.settings.certificateProvider == "istiod" {
            volumes.append(["name": "istiod-ca-cert", "configMap": ["name": "istio-ca-root-cert", "optional": true]])
            volumes.append(["name": "istio-ca-crl", "configMap": ["name": "istio-ca-crl", "optional": true]])
        }
        if let bootstrap = context.annotations["sidecar.istio.io/bootstrapOverride"] {
            volumes.append(["name": "custom-bootstrap-volume", "configMap": ["name": .string(bootstrap)]])
        }
        return volumes + named(context.annotations["sidecar.istio.io/userVolume"])
    }

    var volumeMounts: [JSONValue] {
        func mount(_ name: String, _ path: String) -> JSONValue { ["name": .string(name), "mountPath": .string(path)] }
        var mounts = [
            mount("workload-socket", "/var/run/secrets/workload-spiffe-uds"),
            mount("credential-socket", "/var/run/secrets/credential-uds"),
            mount("workload-certs", "/var/run/secrets/workload-spiffe-credentials"),
        ]
        if context.settings.certificateProvider == "istiod" {
            mounts.append(mount("istiod-ca-cert", "/var/run/secrets/istio"))
            mounts.append(mount("istio-ca-crl", "/var/run/secrets/istio/crl"))
        }
        mounts.append(mount("istio-data", "/var/lib/istio/data"))
        mounts.append(mount("istio-envoy", "/etc/istio/proxy"))
        mounts.append(mount("istio-token", "/var/run/secrets/tokens"))
        if context.annotations["sidecar.istio.io/bootstrapOverride"] != nil {
            mounts.append(mount("custom-bootstrap-volume", "/etc/istio/custom-bootstrap"))
        }
        mounts.append(mount("istio-podinfo", "/etc/istio/pod"))
        return mounts + named(context.annotations["sidecar.istio.io/userVolumeMount"])
    }

    private func named(_ text: String?) -> [JSONValue] { text.flatMap(AnnotationRule.namedObjects) ?? [] }
}
