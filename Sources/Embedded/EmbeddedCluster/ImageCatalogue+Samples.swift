import PodRuntime

extension ImageCatalogue {
    /// The images of the mesh and of the samples, as programs of this build.
    ///
    /// The samples' own names are those of the upstream images, in whatever registry: upstream YAML runs as it is.
    static func samples(_ configuration: ClusterConfiguration) -> ImageCatalogue {
        let programs = configuration.programs
        var proxyEnvironment: [String: String] = [:]
        if let path = configuration.envoyPath { proxyEnvironment["MARTLET_ENVOY_PATH"] = path }
        let proxy = Entry(
            name: "*/proxyv2",
            program: "\(programs)/martlet-proxy",
            environment: proxyEnvironment,
            files: ["/usr/local/bin/pilot-agent": "\(programs)/martlet-proxy"]
        )
        var entries: [Entry] = []
        for name in ["martlet/proxyv2", "istio/proxyv2", "proxyv2"] {
            var entry = proxy
            entry.name = name
            entries.append(entry)
        }
        for name in ["martlet/pilot", "istio/pilot"] {
            entries.append(Entry(name: name, program: "\(programs)/martletd", ports: [15012, 15014, 15017]))
        }
        let samples = "\(programs)/martlet-samples"
        for (image, arguments, port) in sampleImages {
            entries.append(
                Entry(name: image, program: samples, arguments: arguments, user: 1000, ports: [port])
            )
        }
        return ImageCatalogue(entries + tools)
    }

    /// What tutorials try things from: `kubectl run --image=curlimages/curl -- curl http://reviews:9080/`.
    private static let tools: [Entry] = [
        ("curlimages/curl", "curl"), ("busybox", "sh"), ("alpine", "sh"), ("debian", "bash"), ("ubuntu", "bash"),
    ].map { Entry(name: $0, program: $1, isTool: true) }

    /// Image, arguments of `martlet-samples`, port.
    private static let sampleImages: [(String, [String], UInt16)] = {
        var images: [(String, [String], UInt16)] = []
        for service in [
            "productpage-v1", "details-v1", "details-v2", "ratings-v1", "reviews-v1", "reviews-v2", "reviews-v3",
        ] {
            images.append(("examples-bookinfo-\(service)", ["bookinfo", service], 9080))
        }
        images.append(("go-httpbin", ["httpbin"], 8080))
        // These listen on port 80, as upstream.
        for name in ["kennethreitz/httpbin", "kong/httpbin"] {
            images.append((name, ["httpbin", "--port", "80"], 80))
        }
        for name in ["customer", "preference", "recommendation"] {
            images.append(("istio-tutorial-\(name)", ["tutorial", name], 8080))
            images.append(("example/\(name)", ["tutorial", name], 8080))
        }
        return images
    }()
}
