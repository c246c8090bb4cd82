package import MeshConfig
import MeshModel

/// Where something that decides about requests is written.
package struct ConfigPlace: Sendable, Hashable {
    package var object: ObjectKey
    /// The most particular place known; nil for objects that came without a file.
    package var location: SourceLocation?
}

extension SimulatedConfiguration {
    /// Where a rule of an object is written, both as metadata of resources name them: the object as
    /// `/apis/GROUP/v1/namespaces/NS/virtual-service/NAME`, the rule as `http[1]` or `subsets[0].trafficPolicy`.
    ///
    /// Nil if the configuration has no such object. A rule of a delegate has the delegate's line.
    package func place(of rule: String?, inConfigSource path: String) -> ConfigPlace? {
        guard let object = object(atConfigSource: path) else { return nil }
        return ConfigPlace(object: object.key, location: location(of: rule ?? "", in: object) ?? object.metadata.source)
    }

    private func location(of rule: String, in object: MeshObject) -> SourceLocation? {
        switch object {
        case .virtualService(let resource):
            // With delegates merged in, as the rules of resources are counted.
            let merged = mesh.virtualServices.first { $0.key == object.key }?.spec.http ?? resource.spec.http
            guard let index = Self.index(of: "http", in: rule), merged.indices.contains(index) else { return nil }
            return merged[index].source
        case .destinationRule(let resource):
            let rest = rule.split(separator: ".").map(String.init)
            var policy = resource.spec.trafficPolicy
            var location: SourceLocation?
            if let index = Self.index(of: "subsets", in: rest.first ?? "") {
                guard resource.spec.subsets.indices.contains(index) else { return nil }
                policy = resource.spec.subsets[index].trafficPolicy
                location = resource.spec.subsets[index].source
            }
            guard let index = rest.lazy.compactMap({ Self.index(of: "portLevelSettings", in: $0) }).first,
                let ports = policy?.portLevelSettings, ports.indices.contains(index)
            else { return location }
            return ports[index].source ?? location
        default: return nil
        }
    }

    /// 3 for `NAME[3]`.
    private static func index(of name: String, in text: String) -> Int? {
        guard text.hasPrefix("\(name)["), let end = text.firstIndex(of: "]") else { return nil }
        return Int(text[text.index(text.startIndex, offsetBy: name.count + 1)..<end])
    }
}
