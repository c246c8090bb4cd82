package import KubernetesAPI
import SidecarInjection

/// Everything a mesh puts into a cluster, as objects: what `martlet up` applies, and what an installation will. Pure.
package enum MeshInstallation {
    /// The objects in the order in which they are to be applied; throws when an option makes a manifest unreadable.
    package static func objects(_ options: InstallationOptions) throws -> [KubernetesObject] {
        var namespace = KubernetesObject(.namespaces, ObjectName(name: "istio-system"))
        namespace.labels = ["kubernetes.io/metadata.name": "istio-system"]
        var objects = [namespace] + CustomResourceDefinitions.all
        objects += try parse(controlPlane(options))
        objects.append(configMap("istio", ["mesh": options.mesh, "meshNetworks": "networks: {}"], options))
        objects.append(configMap("istio-sidecar-injector", ["values": injectorValues(options)], options))
        if options.hasIngressGateway {
            objects += try parse(gateway("istio-ingressgateway", type: "LoadBalancer", options))
        }
        if options.hasEgressGateway {
            objects += try parse(gateway("istio-egressgateway", type: "ClusterIP", options))
        }
        return objects
    }

    /// The webhook configurations, without the certificate of the authority: the control plane writes that in.
    package static func webhooks(_ options: InstallationOptions) -> [KubernetesObject] {
        [
            WebhookManifests.mutating(revision: options.revision),
            WebhookManifests.validating(revision: options.revision),
        ]
    }

    private static func configMap(
        _ name: String,
        _ data: [String: String],
        _ options: InstallationOptions
    ) -> KubernetesObject {
        var object = KubernetesObject(.configMaps, ObjectName(namespace: "istio-system", name: name))
        object.labels = ["istio.io/rev": options.revision, "release": "istio"]
        object["data"] = JSONValue(data)
        return object
    }

    private static func parse(_ text: String) throws -> [KubernetesObject] {
        try KubernetesManifest.parse(text, file: "installation").map { KubernetesObject($0) }
    }
}
