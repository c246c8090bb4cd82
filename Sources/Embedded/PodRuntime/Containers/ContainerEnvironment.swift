import KubernetesAPI

/// A container's environment, decided from its spec and what the spec refers to.
struct ContainerEnvironment {
    var pod: KubernetesObject
    var downward: DownwardFields
    /// The namespace's ConfigMaps and Secrets by name; nil when there is none.
    var configMap: (String) -> KubernetesObject?
    var secret: (String) -> KubernetesObject?
    /// Services of the pod's namespace, and `kubernetes` of `default`.
    var services: [KubernetesObject]

    /// Something the spec names is missing: the container waits with CreateContainerConfigError.
    struct Missing: Error, Sendable, Hashable { var message: String }

    /// Later ones win: services, envFrom, env.
    func variables(of container: JSONValue) throws(Missing) -> [String: String] {
        var result = ServiceVariables.of(
            services,
            namespace: pod.namespace,
            linksServices: pod["spec", "enableServiceLinks"]?.bool ?? true
        )
        for source in container["envFrom"]?.array ?? [] {
            let prefix = source["prefix"]?.string ?? ""
            for (name, value) in try values(source) { result[prefix + name] = value }
        }
        for variable in container["env"]?.array ?? [] {
            guard let name = variable["name"]?.string else { continue }
            if let source = variable["valueFrom"] {
                result[name] = try value(source, container) ?? result[name]
            } else {
                result[name] = VariableExpansion.expand(variable["value"]?.string ?? "", result)
            }
        }
        return result
    }

    private func values(_ source: JSONValue) throws(Missing) -> [String: String] {
        if let reference = source["configMapRef"], let name = reference["name"]?.string {
            guard let object = configMap(name) else {
                if reference["optional"]?.bool == true { return [:] }
                throw Missing(message: "configmap \"\(name)\" not found")
            }
            return object["data"]?.strings ?? [:]
        }
        if let reference = source["secretRef"], let name = reference["name"]?.string {
            guard let object = secret(name) else {
                if reference["optional"]?.bool == true { return [:] }
                throw Missing(message: "secret \"\(name)\" not found")
            }
            return (object["data"]?.strings ?? [:]).mapValues {
                String(decoding: Base64.decode($0) ?? [], as: UTF8.self)
            }
        }
        return [:]
    }

    private func value(_ source: JSONValue, _ container: JSONValue) throws(Missing) -> String? {
        if let field = source["fieldRef"] {
            let path = field["fieldPath"]?.string ?? ""
            guard let value = downward.field(path) else {
                throw Missing(message: "fieldRef \"\(path)\" is not supported")
            }
            return value
        }
        if let field = source["resourceFieldRef"] {
            return downward.resource(field, of: container)
        }
        for (kind, look) in [("configMapKeyRef", configMap), ("secretKeyRef", secret)] {
            guard let reference = source[kind] else { continue }
            let name = reference["name"]?.string ?? ""
            let key = reference["key"]?.string ?? ""
            let isOptional = reference["optional"]?.bool == true
            let noun = kind == "secretKeyRef" ? "secret" : "configmap"
            guard let object = look(name) else {
                if isOptional { return nil }
                throw Missing(message: "\(noun) \"\(name)\" not found")
            }
            let text = object["data"]?[key]?.string
            guard let text else {
                if let binary = object["binaryData"]?[key]?.string.flatMap(Base64.decode) {
                    return String(decoding: binary, as: UTF8.self)
                }
                if isOptional { return nil }
                throw Missing(message: "couldn't find key \(key) in \(noun) \(pod.namespace)/\(name)")
            }
            return noun == "secret" ? String(decoding: Base64.decode(text) ?? [], as: UTF8.self) : text
        }
        throw Missing(message: "valueFrom names no source known here")
    }
}

/// The variables every container gets about Services.
enum ServiceVariables {
    static func of(_ services: [KubernetesObject], namespace: String, linksServices: Bool) -> [String: String] {
        var result: [String: String] = [:]
        for service in services {
            let isMaster = service.namespace == "default" && service.name == "kubernetes"
            guard isMaster || (linksServices && service.namespace == namespace) else { continue }
            guard let address = service["spec", "clusterIP"]?.string, !address.isEmpty, address != "None" else {
                continue
            }
            let prefix = service.name.uppercased().map { $0 == "-" || $0 == "." ? "_" : String($0) }.joined()
            result["\(prefix)_SERVICE_HOST"] = address
            for (index, port) in (service["spec", "ports"]?.array ?? []).enumerated() {
                guard let number = port["port"]?.integer else { continue }
                if index == 0 {
                    result["\(prefix)_SERVICE_PORT"] = String(number)
                    result["\(prefix)_PORT"] = "tcp://\(address):\(number)"
                }
                if let name = port["name"]?.string, !name.isEmpty {
                    let suffix = name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
                    result["\(prefix)_SERVICE_PORT_\(suffix)"] = String(number)
                }
                let transport = port["protocol"]?.string ?? "TCP"
                let stem = "\(prefix)_PORT_\(number)_\(transport)"
                result[stem] = "\(transport.lowercased())://\(address):\(number)"
                result["\(stem)_PROTO"] = transport.lowercased()
                result["\(stem)_PORT"] = String(number)
                result["\(stem)_ADDR"] = address
            }
        }
        return result
    }
}
