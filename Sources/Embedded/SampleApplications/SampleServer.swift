import Foundation
import Hummingbird
import HummingbirdCore
package import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// What every sample is given: its environment and where to listen.
package struct SampleEnvironment: Sendable {
    package var variables: [String: String]
    package var port: Int
    package var logger: Logger

    package init(variables: [String: String], port: Int, logger: Logger) {
        self.variables = variables
        self.port = port
        self.logger = logger
    }

    /// The pod's name: what answers tell of themselves.
    var hostname: String { variables["HOSTNAME"] ?? "unknown" }

    /// Serves until SIGTERM, which lets requests end.
    ///
    /// Hummingbird's own `Application` renews its `date` header every second, which hundreds of idle pods pay for.
    func serve(_ router: Router<BasicRequestContext>) async throws {
        let responder = router.buildResponder()
        let logger = logger
        let server = try HTTPServerBuilder.http1().buildServer(
            configuration: ServerConfiguration(address: .hostname("0.0.0.0", port: port)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        ) { (request, writer: consuming ResponseWriter, channel) in
            let context = BasicRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            var response: Response
            do {
                response = try await responder.respond(to: request, context: context)
            } catch {
                response = Response(status: .internalServerError)
            }
            response.headers[.date] = Self.date(time(nil))
            try await writer.write(response: response.head, body: response.body)
        }
        let services = ServiceGroup(
            configuration: .init(services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        )
        try await services.run()
    }

    /// As of RFC 9110 section 5.6.7; the program never leaves the C locale.
    static func date(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 40)
        let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The applications by name.
package enum SampleApplication {
    /// Runs one of Bookinfo's services, such as `reviews-v2`, until the process is asked to end.
    package static func bookinfo(_ name: String, _ environment: SampleEnvironment) async throws {
        let parts = name.split(separator: "-v", maxSplits: 1).map(String.init)
        let version = parts.count > 1 ? parts[1] : "1"
        switch parts.first {
        case "productpage": try await environment.serve(ProductPage(environment).router())
        case "details": try await environment.serve(Details().router())
        case "ratings": try await environment.serve(Ratings().router())
        case "reviews": try await environment.serve(Reviews(environment, version: version).router())
        default: throw UnknownSample(name: name)
        }
    }

    /// Runs the request and response service.
    package static func httpbin(_ environment: SampleEnvironment) async throws {
        try await environment.serve(HTTPBin(environment).router())
    }

    /// Runs one of the three services of the tutorial: `customer`, `preference` or `recommendation`.
    package static func tutorial(_ name: String, _ environment: SampleEnvironment) async throws {
        guard let service = TutorialService(rawValue: name) else { throw UnknownSample(name: name) }
        try await environment.serve(service.router(environment))
    }
}

/// There is no application of that name.
package struct UnknownSample: Error, CustomStringConvertible {
    package var name: String
    package var description: String { "there is no sample application \"\(name)\"" }
}
