import KubernetesAPI
import MeshConfig

/// Decides on pods and gives them their proxy. Pure: equal requests get equal answers.
package struct SidecarInjector: Sendable {
    package let settings: InjectionSettings

    package init(_ settings: InjectionSettings = .standard) { self.settings = settings }

    /// Whether the pod is injected, and what it becomes.
    ///
    /// - Throws: when the pod asks for something that is not allowed; it is to be refused.
    package func decide(_ request: InjectionRequest) throws(InjectionError) -> InjectionDecision {
        if let reason = settings.policy.reasonToSkip(request, revision: settings.revision) { return .skip(reason) }
        return .inject(try inject(request))
    }

    private func inject(_ request: InjectionRequest) throws(InjectionError) -> Injection {
        let checked = PodAnnotations.check(request.pod.annotations)
        guard checked.faults.isEmpty else { throw InjectionError(checked.faults) }
        let context = try TemplateContext(request, settings)
        var added = PodTemplate()
        for name in try templates(request.pod) {
            let template = SidecarTemplate(context: context, name: name).template
            added.labels.merge(template.labels) { $1 }
            added.annotations.merge(template.annotations) { $1 }
            added.securityContext = added.securityContext.merging(template.securityContext)
            Self.add(template.initContainers, to: &added.initContainers)
            Self.add(template.containers, to: &added.containers)
            Self.add(template.volumes, to: &added.volumes)
            Self.add(template.imagePullSecrets, to: &added.imagePullSecrets)
        }
        var pod = try added.merged(into: request.pod)
        // What the status lists is what was added, in the order the pod shows it.
        let status = InjectionStatus.text(of: added, revision: settings.revision)
        PrometheusMerge(context: context).apply(to: &pod)
        if checked.rewritesProbes ?? settings.rewritesProbes {
            ProbeRewriting(port: context.statusPort).apply(to: &pod)
        }
        pod.annotations = pod.annotations.merging(settings.injectedAnnotations) { $1 }
        pod.annotations[InjectionStatus.annotation] = status
        ContainerOrder(
            isProxyFirst: context.holdsApplication,
            before: request.pod.annotations[ContainerOrder.annotation] ?? ""
        ).apply(to: &pod)
        return Injection(
            pod: pod,
            patch: JSONPatch.diff(from: request.pod.json, to: pod.json).json,
            warnings: checked.warnings + context.proxyConfig.warnings + Self.advice(on: request.pod, context)
        )
    }

    private func templates(_ pod: KubernetesObject) throws(InjectionError) -> [PodTemplate.Name] {
        guard let text = pod.annotations["inject.istio.io/templates"], !text.isEmpty else {
            return settings.defaultTemplates
        }
        // Checked with the other annotations.
        return text.split(separator: ",").compactMap { PodTemplate.Name(rawValue: $0.filter { $0 != " " }) }
    }

    /// Appends what is not there by name; of two templates the later decides.
    private static func add(_ more: [JSONValue], to list: inout [JSONValue]) {
        for element in more {
            if let index = list.firstIndex(where: { $0["name"] == element["name"] }) {
                list[index] = element
            } else {
                list.append(element)
            }
        }
    }

    /// What is likely not meant.
    private static func advice(on pod: KubernetesObject, _ context: TemplateContext) -> [String] {
        var advice: [String] = []
        if context.interceptionMode == .tproxy, context.engine == .swift {
            advice.append("interceptionMode TPROXY: by the Swift engine callers come from 127.0.0.6, as with REDIRECT")
        }
        let policy = pod["spec", "dnsPolicy"]?.string ?? "ClusterFirst"
        if policy != "ClusterFirst", policy != "ClusterFirstWithHostNet" {
            advice.append("spec.dnsPolicy \(policy): the proxy may not find its control plane by name")
        }
        let user = SidecarTemplate.proxyUser
        let ofPod = pod["spec", "securityContext", "runAsUser"]?.integer
        for container in pod["spec", "containers"]?.array ?? [] {
            guard let name = container["name"]?.string, name != SidecarTemplate.proxyName else { continue }
            if container[path: ["securityContext", "runAsUser"]]?.integer ?? ofPod == user {
                advice.append("container \(name) runs as user \(user), whose traffic bypasses the proxy")
            }
        }
        return advice
    }
}
