import KubernetesAPI

/// What holds for pod specifications beyond their schema.
enum PodRules {
    static func errors(_ spec: JSONValue, at path: String) -> [FieldError] {
        var errors: [FieldError] = []
        var volumes: Set<String> = []
        for (index, volume) in (spec["volumes"]?.array ?? []).enumerated() {
            if let name = volume["name"]?.string { volumes.insert(name) }
            let sources = volume.object?.keys.filter { $0 != "name" }.sorted() ?? []
            for extra in sources.dropFirst() {
                errors.append(
                    .forbidden("\(path).volumes[\(index)].\(extra)", "may not specify more than 1 volume type")
                )
            }
        }
        var names: Set<String> = []
        for list in ["initContainers", "containers"] {
            for (index, container) in (spec[list]?.array ?? []).enumerated() {
                let at = "\(path).\(list)[\(index)]"
                // The same name twice in one list is found by the list's key.
                if list == "containers", let name = container["name"]?.string, names.contains(name) {
                    errors.append(.duplicate("\(at).name", .string(name)))
                }
                if list == "initContainers", let name = container["name"]?.string { names.insert(name) }
                errors += self.container(container, volumes, isInit: list == "initContainers", at: at)
            }
        }
        errors += MetadataRules.labelErrors(spec["nodeSelector"], at: "\(path).nodeSelector")
        return errors
    }

    private static func container(
        _ container: JSONValue,
        _ volumes: Set<String>,
        isInit: Bool,
        at path: String
    ) -> [FieldError] {
        var errors: [FieldError] = []
        if (container["image"]?.string ?? "").isEmpty { errors.append(.required("\(path).image")) }
        for (index, mount) in (container["volumeMounts"]?.array ?? []).enumerated() {
            if let name = mount["name"]?.string, !name.isEmpty, !volumes.contains(name) {
                errors.append(
                    FieldError(
                        reason: .invalid,
                        field: "\(path).volumeMounts[\(index)].name",
                        message: "Not found: \"\(name)\""
                    )
                )
            }
        }
        var portNames: Set<String> = []
        for (index, port) in (container["ports"]?.array ?? []).enumerated() {
            guard let name = port["name"]?.string, !name.isEmpty else { continue }
            if !portNames.insert(name).inserted {
                errors.append(.duplicate("\(path).ports[\(index)].name", .string(name)))
            }
        }
        for (index, variable) in (container["env"]?.array ?? []).enumerated() {
            guard let source = variable["valueFrom"]?.object else { continue }
            if source.count != 1 {
                errors.append(
                    .invalid("\(path).env[\(index)].valueFrom", .object(source), "must specify exactly one source")
                )
            } else if let value = variable["value"]?.string, !value.isEmpty {
                errors.append(
                    .invalid("\(path).env[\(index)].valueFrom", "", "may not be specified when `value` is not empty")
                )
            }
        }
        if isInit, let policy = container["restartPolicy"], policy != "Always" {
            errors.append(.notSupported("\(path).restartPolicy", policy, ["Always"]))
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            guard let value = container[probe] else { continue }
            if isInit, container["restartPolicy"] != "Always" {
                errors.append(
                    .forbidden("\(path).\(probe)", "may not be set for init containers without restartPolicy=Always")
                )
                continue
            }
            errors += handler(value, ["exec", "grpc", "httpGet", "tcpSocket"], at: "\(path).\(probe)")
            if probe != "readinessProbe", let threshold = value["successThreshold"], threshold != 1 {
                errors.append(.invalid("\(path).\(probe).successThreshold", threshold, "must be 1"))
            }
        }
        for (name, limit) in container[path: ["resources", "limits"]]?.object ?? [:] {
            guard let request = container[path: ["resources", "requests", name]]?.string,
                let least = Quantity.value(request), let most = Quantity.value(limit.string ?? ""), least > most
            else { continue }
            errors.append(
                .invalid(
                    "\(path).resources.requests",
                    .string(request),
                    "must be less than or equal to \(name) limit of \(limit.string ?? "")"
                )
            )
        }
        return errors
    }

    private static func handler(_ handler: JSONValue, _ kinds: [String], at path: String) -> [FieldError] {
        let present = kinds.filter { handler[$0] != nil }
        if present.isEmpty { return [.required(path, "must specify a handler type")] }
        if present.count > 1 {
            return [.forbidden("\(path).\(present[1])", "may not specify more than 1 handler type")]
        }
        return ["httpGet", "tcpSocket"].flatMap { kind in
            KindRules.portErrors(handler[path: [kind, "port"]], at: "\(path).\(kind).port")
        }
    }
}
