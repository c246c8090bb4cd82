import KubernetesAPI

/// The Services that every cluster has.
enum DefaultServices {
    static func kubernetes(_ configuration: ClusterAPIServer.Configuration) -> KubernetesObject {
        var service = KubernetesObject(.services, ObjectName(namespace: "default", name: "kubernetes"))
        service.labels = ["component": "apiserver", "provider": "kubernetes"]
        service["spec"] = [
            "type": "ClusterIP", "clusterIP": "10.96.0.1", "sessionAffinity": "None",
            "ports": [
                [
                    "name": "https", "port": 443, "protocol": "TCP",
                    "targetPort": .integer(Int64(configuration.servicePort)),
                ]
            ],
        ]
        return service
    }

    static func kubernetesEndpoints(_ configuration: ClusterAPIServer.Configuration) -> KubernetesObject {
        var slice = KubernetesObject(.endpointSlices, ObjectName(namespace: "default", name: "kubernetes"))
        slice.labels = ["kubernetes.io/service-name": "kubernetes"]
        slice["addressType"] = "IPv4"
        slice["endpoints"] = [
            ["addresses": [.string(configuration.endpointAddress)], "conditions": ["ready": true]]
        ]
        slice["ports"] = [["name": "https", "port": .integer(Int64(configuration.servicePort)), "protocol": "TCP"]]
        return slice
    }

    /// The same for clients that still read Endpoints.
    static func kubernetesAddresses(_ configuration: ClusterAPIServer.Configuration) -> KubernetesObject {
        var endpoints = KubernetesObject(.endpoints, ObjectName(namespace: "default", name: "kubernetes"))
        endpoints["subsets"] = [
            [
                "addresses": [["ip": .string(configuration.endpointAddress)]],
                "ports": [["name": "https", "port": .integer(Int64(configuration.servicePort)), "protocol": "TCP"]],
            ]
        ]
        return endpoints
    }

    static var dns: KubernetesObject {
        var service = KubernetesObject(.services, ObjectName(namespace: "kube-system", name: "kube-dns"))
        service.labels = ["k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"]
        service["spec"] = [
            "type": "ClusterIP", "clusterIP": "10.96.0.10",
            "ports": [
                ["name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53],
                ["name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53],
            ],
        ]
        return service
    }
}
