import CustomDump
import KubernetesAPI
import Testing

@testable import KubernetesClient

@Suite struct CommandOutputTests {
    private func message(_ channel: UInt8, _ text: String) -> [UInt8] { [channel] + Array(text.utf8) }

    @Test func channelsAreGatheredUntilTheStatus() throws {
        var output = CommandOutput(limit: 100)
        // The server's first word is empty, and says that the conversation has begun.
        try output.take(message(1, ""))
        try output.take(message(1, "a"))
        try output.take(message(2, "wrong"))
        try output.take(message(1, "b"))
        try output.take([])
        try output.take(message(9, "of some later version"))
        #expect(output.result == nil)
        try output.take(message(3, #"{"metadata":{},"status":"Success"}"#))
        expectNoDifference(
            output.result,
            CommandResult(standardOutput: Array("ab".utf8), standardError: Array("wrong".utf8), exit: .code(0))
        )
    }

    @Test(arguments: [
        (
            #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#,
            ExecExit.code(3)
        ),
        (#"{"status":"Failure","reason":"InternalError","message":"no such file"}"#, .failed("no such file")),
        (#"{"status":"Failure","reason":"NonZeroExitCode"}"#, .failed("the command failed without a reason")),
    ])
    func theStatusTellsHowItEnded(json: String, exit: ExecExit) throws {
        var output = CommandOutput(limit: 100)
        try output.take(message(3, json))
        #expect(output.result?.exit == exit)
    }

    @Test func aStatusThatIsNoJSONIsRefused() {
        var output = CommandOutput(limit: 100)
        #expect(throws: StatusError.self) { try output.take(message(3, "exit status 1")) }
    }

    @Test func tooMuchOutputIsRefused() throws {
        var output = CommandOutput(limit: 4)
        try output.take(message(1, "abc"))
        #expect(throws: StatusError.self) { try output.take(message(2, "de")) }
    }

    @Test(arguments: [
        ("https://127.0.0.1:6443", "127.0.0.1:6443", "", true, true),
        ("https://k8s.example.com/k8s/clusters/c-1/", "k8s.example.com:443", "/k8s/clusters/c-1", true, false),
        ("http://[::1]:8080", "[::1]:8080", "", false, true),
        ("http://localhost", "localhost:80", "", false, false),
    ])
    func serversHaveAPlace(text: String, authority: String, prefix: String, isSecure: Bool, isAddress: Bool) throws {
        let place = try #require(ServerPlace(text))
        #expect(place.authority == authority)
        #expect(place.prefix == prefix)
        #expect(place.isSecure == isSecure)
        #expect(place.isAddress == isAddress)
    }

    @Test(arguments: ["", "k8s", "ftp://x", "https://", "https://x:99999", "https://u@x"])
    func whatIsNoServerHasNone(text: String) {
        #expect(ServerPlace(text) == nil)
    }
}
