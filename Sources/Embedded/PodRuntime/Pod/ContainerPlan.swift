import KubernetesAPI

/// One entry of `spec.containers` or `spec.initContainers`, as far as its course of life goes.
struct ContainerPlan: Sendable, Hashable {
    enum Role: Sendable, Hashable {
        /// Runs to its end before the next one.
        case initialization
        /// `initContainers[].restartPolicy: Always`: runs beside the containers and ends after them.
        case sidecar
        case main
    }

    var name: String
    var role: Role
    var image: String
    var startup: ProbePlan?
    var liveness: ProbePlan?
    var readiness: ProbePlan?
    var postStart: HookPlan?
    var preStop: HookPlan?
    /// The container as the API holds it: what launching it reads.
    var json: JSONValue

    init(_ json: JSONValue, isInit: Bool) {
        self.json = json
        name = json["name"]?.string ?? ""
        image = json["image"]?.string ?? ""
        role = isInit ? (json["restartPolicy"]?.string == "Always" ? .sidecar : .initialization) : .main
        startup = ProbePlan(json["startupProbe"], of: json)
        liveness = ProbePlan(json["livenessProbe"], of: json)
        readiness = ProbePlan(json["readinessProbe"], of: json)
        postStart = HookPlan(json[path: ["lifecycle", "postStart"]], of: json)
        preStop = HookPlan(json[path: ["lifecycle", "preStop"]], of: json)
    }
}

/// What a probe or a hook does.
enum HandlerPlan: Sendable, Hashable {
    case exec([String])
    /// Host is empty for the pod's own address.
    case http(scheme: String, host: String, port: UInt16, path: String, headers: [Header])
    case tcp(host: String, port: UInt16)
    case grpc(port: UInt16, service: String)
    case sleep(seconds: Int64)
    /// Accepted by the API, but without a number for its port or of no kind known here.
    case unusable(String)

    struct Header: Sendable, Hashable {
        var name: String
        var value: String
    }

    init(_ json: JSONValue, of container: JSONValue) {
        if let exec = json["exec"] {
            self = .exec(exec["command"]?.array?.compactMap(\.string) ?? [])
        } else if let get = json["httpGet"] {
            guard let port = Self.port(get["port"], of: container) else {
                self = .unusable("httpGet: no such port")
                return
            }
            let headers = (get["httpHeaders"]?.array ?? []).map { header in
                Header(name: header["name"]?.string ?? "", value: header["value"]?.string ?? "")
            }
            self = .http(
                scheme: get["scheme"]?.string ?? "HTTP",
                host: get["host"]?.string ?? "",
                port: port,
                path: get["path"]?.string ?? "/",
                headers: headers
            )
        } else if let tcp = json["tcpSocket"] {
            guard let port = Self.port(tcp["port"], of: container) else {
                self = .unusable("tcpSocket: no such port")
                return
            }
            self = .tcp(host: tcp["host"]?.string ?? "", port: port)
        } else if let grpc = json["grpc"] {
            guard let port = Self.port(grpc["port"], of: container) else {
                self = .unusable("grpc: no such port")
                return
            }
            self = .grpc(port: port, service: grpc["service"]?.string ?? "")
        } else if let sleep = json["sleep"] {
            self = .sleep(seconds: sleep["seconds"]?.integer ?? 0)
        } else {
            self = .unusable("no handler")
        }
    }

    /// A number, or the name of one of the container's ports.
    private static func port(_ json: JSONValue?, of container: JSONValue) -> UInt16? {
        if let number = json?.integer { return UInt16(exactly: number) }
        guard let name = json?.string else { return nil }
        if let number = UInt16(name) { return number }
        let port = container["ports"]?.array?.first { $0["name"]?.string == name }
        return port?["containerPort"]?.integer.flatMap { UInt16(exactly: $0) }
    }
}

/// `lifecycle.postStart` or `preStop`.
struct HookPlan: Sendable, Hashable {
    var handler: HandlerPlan

    init?(_ json: JSONValue?, of container: JSONValue) {
        guard let json, json.object?.isEmpty == false else { return nil }
        handler = HandlerPlan(json, of: container)
    }
}

/// A startup, liveness or readiness probe; times in seconds.
struct ProbePlan: Sendable, Hashable {
    var handler: HandlerPlan
    var initialDelay: Double
    var period: Double
    var timeout: Double
    var successThreshold: Int
    var failureThreshold: Int
    /// Liveness and startup: instead of the pod's grace period.
    var terminationGracePeriod: Int64?

    init?(_ json: JSONValue?, of container: JSONValue) {
        guard let json, json.object != nil else { return nil }
        handler = HandlerPlan(json, of: container)
        func number(_ name: String, _ standard: Int64, _ least: Int64) -> Int64 {
            min(max(json[name]?.integer ?? standard, least), 1_000_000)
        }
        initialDelay = Double(number("initialDelaySeconds", 0, 0))
        period = Double(number("periodSeconds", 10, 1))
        timeout = Double(number("timeoutSeconds", 1, 1))
        successThreshold = Int(number("successThreshold", 1, 1))
        failureThreshold = Int(number("failureThreshold", 3, 1))
        terminationGracePeriod = json["terminationGracePeriodSeconds"]?.integer
    }
}
