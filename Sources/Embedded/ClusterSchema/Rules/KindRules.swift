import KubernetesAPI

/// What holds for single built-in kinds beyond their schemas.
enum KindRules {
    static func errors(_ object: JSONValue, _ type: ResourceType) -> [FieldError] {
        switch (type.group, type.kind) {
        case ("", "Pod"): requiredSpec(object) + PodRules.errors(object["spec"] ?? [:], at: "spec")
        case ("", "Service"): service(object)
        case ("", "ConfigMap"): dataKeys(object, ["data", "binaryData"])
        case ("", "Secret"): dataKeys(object, ["data"])
        case ("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"):
            requiredSpec(object) + workload(object, restartPolicies: ["Always"]) + deployment(object, type)
        case ("batch", "Job"): requiredSpec(object) + job(object["spec"] ?? [:], at: "spec")
        case ("batch", "CronJob"):
            requiredSpec(object) + cronJob(object["spec"] ?? [:])
        case ("apiextensions.k8s.io", "CustomResourceDefinition"): customResource(object)
        case ("admissionregistration.k8s.io", _): webhooks(object)
        default: []
        }
    }

    private static func requiredSpec(_ object: JSONValue) -> [FieldError] {
        object["spec"]?.object == nil ? [.required("spec")] : []
    }

    /// A template's pods must be those the selector selects.
    private static func workload(_ object: JSONValue, restartPolicies: [String]) -> [FieldError] {
        guard let spec = object["spec"] else { return [] }
        var errors: [FieldError] = []
        let labels = spec[path: ["template", "metadata", "labels"]]
        if let selector = spec["selector"] {
            if selector.object?.isEmpty != false {
                errors.append(.invalid("spec.selector", selector, "empty selector is invalid for deployment"))
            } else if !ObjectSelector.matches(selector, labels?.strings ?? [:]) {
                errors.append(
                    .invalid(
                        "spec.template.metadata.labels",
                        labels ?? [:],
                        "`selector` does not match template `labels`"
                    )
                )
            }
        }
        return errors + template(spec["template"], at: "spec.template", restartPolicies: restartPolicies)
    }

    private static func template(_ template: JSONValue?, at path: String, restartPolicies: [String]) -> [FieldError] {
        guard let template else { return [] }
        var errors = MetadataRules.labelErrors(template[path: ["metadata", "labels"]], at: "\(path).metadata.labels")
        guard let spec = template["spec"] else { return errors + [.required("\(path).spec")] }
        errors += PodRules.errors(spec, at: "\(path).spec")
        let policy = spec["restartPolicy"]?.string ?? "Always"
        if !restartPolicies.contains(policy) {
            errors.append(.notSupported("\(path).spec.restartPolicy", .string(policy), restartPolicies))
        }
        return errors
    }

    private static func deployment(_ object: JSONValue, _ type: ResourceType) -> [FieldError] {
        guard type.kind == "Deployment", let strategy = object[path: ["spec", "strategy"]] else { return [] }
        if strategy["type"] == "Recreate", strategy["rollingUpdate"] != nil {
            return [
                .forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
            ]
        }
        let rolling = strategy["rollingUpdate"]
        if let surge = rolling?["maxSurge"], let missing = rolling?["maxUnavailable"], isZero(surge), isZero(missing) {
            return [
                .invalid("spec.strategy.rollingUpdate.maxUnavailable", missing, "may not be 0 when `maxSurge` is 0")
            ]
        }
        return []
    }

    private static func isZero(_ value: JSONValue) -> Bool { value == 0 || value == "0%" }

    private static func job(_ spec: JSONValue, at path: String) -> [FieldError] {
        template(spec["template"], at: "\(path).template", restartPolicies: ["OnFailure", "Never"])
    }

    private static func cronJob(_ spec: JSONValue) -> [FieldError] {
        var errors = job(spec[path: ["jobTemplate", "spec"]] ?? [:], at: "spec.jobTemplate.spec")
        if let schedule = spec["schedule"]?.string, !schedule.isEmpty, !schedule.hasPrefix("@"),
            schedule.split(separator: " ").count != 5
        {
            let count = schedule.split(separator: " ").count
            errors.append(.invalid("spec.schedule", .string(schedule), "expected exactly 5 fields, found \(count)"))
        }
        return errors
    }

    private static func service(_ object: JSONValue) -> [FieldError] {
        guard let spec = object["spec"] else { return [.required("spec.ports")] }
        var errors = MetadataRules.labelErrors(spec["selector"], at: "spec.selector")
        let ports = spec["ports"]?.array ?? []
        let isExternalName = spec["type"] == "ExternalName"
        if isExternalName, (spec["externalName"]?.string ?? "").isEmpty {
            errors.append(.required("spec.externalName"))
        }
        if ports.isEmpty, !isExternalName, spec["clusterIP"] != "None" { errors.append(.required("spec.ports")) }
        var names: Set<String> = []
        var numbers: Set<[JSONValue?]> = []
        for (index, port) in ports.enumerated() {
            let name = port["name"]?.string ?? ""
            if name.isEmpty {
                if ports.count > 1 { errors.append(.required("spec.ports[\(index)].name")) }
            } else if !names.insert(name).inserted {
                errors.append(.duplicate("spec.ports[\(index)].name", .string(name)))
            }
            if !numbers.insert([port["port"], port["protocol"]]).inserted {
                errors.append(.duplicate("spec.ports[\(index)]", port))
            }
            errors += portErrors(port["targetPort"], at: "spec.ports[\(index)].targetPort")
        }
        if let address = spec["clusterIP"]?.string, !address.isEmpty, address != "None",
            !TextFormat.isIPv4(address[...]), !TextFormat.isIPv6(address[...])
        {
            errors.append(.invalid("spec.clusterIP", .string(address), "must be empty, 'None', or a valid IP address"))
        }
        return errors
    }

    /// A port by number or name.
    static func portErrors(_ port: JSONValue?, at path: String) -> [FieldError] {
        if let number = port?.integer, !(1...65535).contains(number) {
            return [.invalid(path, .integer(number), "must be between 1 and 65535, inclusive")]
        }
        if let name = port?.string, let problem = TextFormat.portNameProblem(name) {
            return [.invalid(path, .string(name), problem)]
        }
        return []
    }

    private static func dataKeys(_ object: JSONValue, _ fields: [String]) -> [FieldError] {
        var errors: [FieldError] = []
        var size = 0
        for field in fields {
            for (key, value) in object[field]?.object ?? [:] {
                size += value.string?.utf8.count ?? 0
                let isValid =
                    !key.isEmpty && key.utf8.count <= 253 && key != "." && key != ".."
                    && key.utf8.allSatisfy { byte in
                        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                            || byte == 0x2D || byte == 0x2E || byte == 0x5F
                    }
                if !isValid {
                    errors.append(
                        .invalid(
                            "\(field)[\(key)]",
                            .string(key),
                            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
                        )
                    )
                }
            }
        }
        // Secrets hold base64, a third longer than what is counted.
        if size > (fields == ["data"] ? 1_398_102 : 1_048_576) { errors.append(.tooLong("", 1_048_576)) }
        return errors
    }

    private static func customResource(_ object: JSONValue) -> [FieldError] {
        guard let spec = object["spec"] else { return [.required("spec")] }
        var errors: [FieldError] = []
        let plural = spec[path: ["names", "plural"]]?.string ?? ""
        let wanted = "\(plural).\(spec["group"]?.string ?? "")"
        if let name = object[path: ["metadata", "name"]], name.string != wanted {
            errors.append(.invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group"))
        }
        let versions = spec["versions"]?.array ?? []
        if versions.count(where: { $0["storage"]?.bool == true }) != 1 {
            errors.append(
                .invalid(
                    "spec.versions",
                    .array(versions.compactMap { $0["name"] }),
                    "must have exactly one version marked as storage version"
                )
            )
        }
        for (index, version) in versions.enumerated() where version[path: ["schema", "openAPIV3Schema"]] == nil {
            errors.append(.required("spec.versions[\(index)].schema.openAPIV3Schema", "schemas are required"))
        }
        return errors
    }

    private static func webhooks(_ object: JSONValue) -> [FieldError] {
        (object["webhooks"]?.array ?? []).enumerated().flatMap { index, webhook -> [FieldError] in
            let path = "webhooks[\(index)]"
            var errors: [FieldError] = []
            if (webhook["name"]?.string ?? "").split(separator: ".").count < 3 {
                errors.append(
                    .invalid(
                        "\(path).name",
                        webhook["name"] ?? "",
                        "should be a domain with at least three segments separated by dots"
                    )
                )
            }
            let config = webhook["clientConfig"] ?? [:]
            if (config["url"] == nil) == (config["service"] == nil) {
                errors.append(.required("\(path).clientConfig", "exactly one of url or service is required"))
            }
            return errors
        }
    }
}
