import KubernetesAPI

/// What a container runs, decided from its spec and the catalogue.
struct ContainerCommand: Sendable, Hashable {
    var arguments: [String]
    /// The image's own, before the container's `env`.
    var environment: [String: String]
    var user: UInt32?
    var workingDirectory: String
    /// Path in the container -> path on the host.
    var files: [String: String]

    /// Why there is nothing to run, as an image that cannot be pulled.
    struct Refusal: Error, Sendable, Hashable {
        var reason: String
        var message: String
    }

    /// `command` and `args` are already expanded. `exists` answers for a program and a `PATH`.
    static func decide(
        image: String,
        command: [String],
        arguments: [String],
        path: String?,
        catalogue: ImageCatalogue,
        exists: (_ program: String, _ path: String) -> Bool
    ) throws(Refusal) -> ContainerCommand {
        let entry = catalogue.entry(for: image)
        let path = path ?? entry?.environment["PATH"] ?? HostPrograms.standardPath
        var result = ContainerCommand(
            arguments: [],
            environment: entry?.environment ?? [:],
            user: entry?.user,
            workingDirectory: entry?.workingDirectory ?? "/",
            files: entry?.files ?? [:]
        )
        if let program = command.first {
            guard exists(program, path) || entry?.files[program] != nil else {
                throw Refusal(
                    reason: "ErrImagePull",
                    message: "this cluster runs programs of this machine instead of images, and command \"\(program)\""
                        + " of image \"\(image)\" is not on this machine (PATH \(path)): install it, or set command to"
                        + " a program that exists here"
                )
            }
            result.arguments = command + arguments
            return result
        }
        guard let entry else {
            throw Refusal(
                reason: "ErrImagePull",
                message:
                    "image \"\(image)\" is not in the catalogue of this cluster, which runs programs of this machine"
                    + " instead of images: set spec.containers[].command to a program that exists here"
                    + (arguments.isEmpty ? "" : " (args alone do not name one)")
            )
        }
        if entry.isTool, let program = arguments.first, !program.hasPrefix("-"), exists(program, path) {
            result.arguments = arguments
            return result
        }
        guard exists(entry.program, path) || entry.files[entry.program] != nil else {
            throw Refusal(
                reason: "ErrImagePull",
                message: "image \"\(image)\" stands for \"\(entry.program)\", which is not on this machine: build or"
                    + " install it"
            )
        }
        result.arguments = [entry.program] + (arguments.isEmpty ? entry.arguments : arguments)
        return result
    }
}
