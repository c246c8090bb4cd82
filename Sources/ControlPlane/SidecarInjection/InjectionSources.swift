package import KubernetesAPI
import MeshConfig

/// Where settings come from; all parts are optional and merged over the defaults.
package struct InjectionSources: Sendable, Hashable {
    /// `MeshConfig` as JSON: key `mesh` of ConfigMap `istio`.
    package var mesh: JSONValue = [:]
    /// Helm-style values: key `values` of ConfigMap `istio-sidecar-injector`.
    package var values: JSONValue = [:]
    /// The injector's configuration: key `config` of the same.
    package var config: JSONValue = [:]
    /// Wins over `values.revision`; nil to take that.
    package var revision: String?
    /// Settings of the control plane's environment, such as `ENABLE_NATIVE_SIDECARS`.
    package var environment: [String: String] = [:]
    /// What `ENABLE_NATIVE_SIDECARS` means when it is not set or `auto`: whether every node's kubelet is known to run
    /// native sidecars well.
    package var nodesSupportNativeSidecars = false

    package init() {}
}

/// Settings that cannot be used, with every fault found.
package struct InjectionSettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    package var faults: [String]
    package var description: String { faults.joined(separator: "\n") }
}

extension InjectionSettings {
    /// Merges, checks and types the sources; `warnings` name what was written and is not acted on.
    package static func make(
        _ sources: InjectionSources
    ) throws(InjectionSettingsError) -> (settings: InjectionSettings, warnings: [String]) {
        var settings = InjectionSettings()
        var reader = ValueReader(InjectionDefaults.values.merging(sources.values))
        // Charts carry the mesh's configuration among the values; what the mesh itself says wins.
        let mesh = (reader.value("meshConfig") ?? [:]).merging(sources.mesh)
        settings.readGlobal(&reader)
        settings.readProxy(&reader)
        settings.readCapture(&reader)
        settings.readWebhook(&reader)
        let pilotEnvironment = reader.object("pilot.env").compactMapValues(\.scalarText)
        settings.revision = sources.revision ?? settings.revision
        if settings.revision.isEmpty { settings.revision = defaultRevision }
        var faults = reader.faults
        var warnings = reader.unread(of: sources.values).map { "values.\($0) is not known to the injector and ignored" }
        settings.readMesh(mesh, faults: &faults)
        settings.readConfig(sources.config, faults: &faults, warnings: &warnings)
        let environment = pilotEnvironment.merging(sources.environment) { $1 }
        settings.readEnvironment(environment, sources, faults: &faults, warnings: &warnings)
        guard faults.isEmpty else { throw InjectionSettingsError(faults: faults) }
        return (settings, warnings)
    }

    private mutating func readMesh(_ mesh: JSONValue, faults: inout [String]) {
        let source = MeshConfigurationSource(text: mesh.jsonText, file: "mesh")
        let (typed, diagnostics) = MeshConfiguration.decode(source)
        for fault in diagnostics where fault.severity == .error {
            faults.append("\(fault.path.isEmpty ? "mesh" : "mesh.\(fault.path)"): \(fault.message)")
        }
        guard let typed else { return }
        if mesh["trustDomain"] != nil { trustDomain = typed.trustDomain }
        mergesPrometheus = mesh["enablePrometheusMerge"]?.bool ?? true
        forwardsInboundToLocalhost = typed.inboundTrafficPolicy == .localhost
        proxyConfig = ["discoveryAddress": .string("\(istiod):15012")]
        if let count = proxy.concurrency { proxyConfig["concurrency"] = .integer(count) }
        if let config = mesh["defaultConfig"], config.object != nil { proxyConfig = proxyConfig.merging(config) }
    }

    private mutating func readConfig(_ config: JSONValue, faults: inout [String], warnings: inout [String]) {
        for (name, value) in (config.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            switch name {
            case "policy":
                if let mode = value.string.flatMap(InjectionPolicy.Mode.init) {
                    policy.mode = mode
                } else {
                    faults.append("config.policy: must be enabled or disabled, not \(value.jsonText)")
                }
            case "neverInjectSelector", "alwaysInjectSelector":
                let selectors = Self.selectors(value.array ?? [], at: "config.\(name)", faults: &faults)
                if name == "neverInjectSelector" {
                    policy.neverInject += selectors
                } else {
                    policy.alwaysInject += selectors
                }
            case "injectedAnnotations": injectedAnnotations.merge(value.strings) { $1 }
            case "defaultTemplates":
                readTemplates(value.array ?? [], at: "config.\(name)", faults: &faults)
            case "templates":
                let own = (value.object ?? [:]).keys.sorted().filter { PodTemplate.Name(rawValue: $0) == nil }
                let known = (value.object ?? [:]).keys.sorted().filter { PodTemplate.Name(rawValue: $0) != nil }
                if !known.isEmpty {
                    warnings.append(
                        "config.templates: \(known.joined(separator: ", ")): the injector's built-in template is used"
                    )
                }
                if !own.isEmpty {
                    warnings.append("config.templates: \(own.joined(separator: ", ")): Go templates are not run")
                }
            case "aliases" where value.object?.isEmpty ?? true: break
            default: warnings.append("config.\(name) is not acted on")
            }
        }
    }

    mutating func readTemplates(_ list: [JSONValue], at path: String, faults: inout [String]) {
        var names: [PodTemplate.Name] = []
        for element in list {
            if let name = element.string.flatMap(PodTemplate.Name.init) {
                names.append(name)
            } else {
                faults.append("\(path): \(element.jsonText) is not one of \(PodTemplate.Name.list)")
            }
        }
        if !names.isEmpty { defaultTemplates = names }
    }

    static func selectors(_ list: [JSONValue], at path: String, faults: inout [String]) -> [LabelSelector] {
        list.enumerated().compactMap { index, json in
            do {
                return try LabelSelector(json)
            } catch {
                faults.append("\(path)[\(index)]: \(error)")
                return nil
            }
        }
    }

    private mutating func readEnvironment(
        _ environment: [String: String],
        _ sources: InjectionSources,
        faults: inout [String],
        warnings: inout [String]
    ) {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard name == "ENABLE_NATIVE_SIDECARS" else {
                warnings.append("env \(name) is not known to the injector and ignored")
                continue
            }
            switch value.lowercased() {
            case "true", "1": usesNativeSidecars = true
            case "false", "0": usesNativeSidecars = false
            case "auto", "": usesNativeSidecars = sources.nodesSupportNativeSidecars
            default: faults.append("env \(name): must be true, false or auto, not \"\(value)\"")
            }
        }
        if environment["ENABLE_NATIVE_SIDECARS"] == nil { usesNativeSidecars = sources.nodesSupportNativeSidecars }
    }
}
