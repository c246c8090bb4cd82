import Testing

@testable import ClusterNetwork

@Suite struct ChangePauseTests {
    /// Milliseconds that the work took, that passed since, and that are to be waited.
    @Test(arguments: [(10, 1000, 20), (10, 10, 30), (10, 35, 20), (2000, 0, 500)])
    func restsInProportionToTheWork(took: Int, passed: Int, expected: Int) {
        var pause = ChangePause(shortest: .milliseconds(20), longest: .milliseconds(500))
        let began = ContinuousClock.now
        #expect(pause.length(at: began) == .milliseconds(20))
        let ended = began + .milliseconds(took)
        pause.worked(from: began, to: ended)
        #expect(pause.length(at: ended + .milliseconds(passed)) == .milliseconds(expected))
    }
}
