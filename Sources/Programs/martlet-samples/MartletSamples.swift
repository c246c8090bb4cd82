import ArgumentParser

/// The sample applications of the catalogue, one subcommand each.
@main
struct MartletSamples: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-samples",
        abstract: "The applications that the samples run: Bookinfo, httpbin, the tutorial's three."
    )
}
