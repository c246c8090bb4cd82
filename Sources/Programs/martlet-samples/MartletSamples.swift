import ArgumentParser
import Foundation
import Logging
import SampleApplications

/// The sample applications of the catalogue, one subcommand each.
@main
struct MartletSamples: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-samples",
        abstract: "The applications that the samples run: Bookinfo, httpbin, the tutorial's three.",
        subcommands: [Bookinfo.self, HTTPBin.self, Tutorial.self]
    )

    struct Port: ParsableArguments {
        @Option(help: "The port to listen on.")
        var port: Int?

        func environment(_ port: Int) -> SampleEnvironment {
            LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
            return SampleEnvironment(
                variables: ProcessInfo.processInfo.environment,
                port: self.port ?? port,
                logger: Logger(label: "sample")
            )
        }
    }

    struct Bookinfo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A service of Bookinfo, such as reviews-v2.")

        @Argument(help: "productpage-v1, details-v1, ratings-v1, reviews-v1, reviews-v2 or reviews-v3")
        var service: String
        @OptionGroup var port: Port

        func run() async throws { try await SampleApplication.bookinfo(service, port.environment(9080)) }
    }

    struct HTTPBin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "httpbin", abstract: "Answers with the request.")

        @OptionGroup var port: Port

        func run() async throws { try await SampleApplication.httpbin(port.environment(8080)) }
    }

    struct Tutorial: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "customer, preference or recommendation.")

        @Argument(help: "customer, preference or recommendation")
        var service: String
        @OptionGroup var port: Port

        func run() async throws { try await SampleApplication.tutorial(service, port.environment(8080)) }
    }
}
