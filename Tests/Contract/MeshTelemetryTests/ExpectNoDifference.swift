import CustomDump
import Testing

/// Fails with a diff if two values differ.
///
/// CustomDump's own function of this name finds Swift Testing only through a further product, IssueReportingTestSupport;
/// without it a difference is printed and the test passes. This one records the issue itself.
func expectNoDifference<Value: Equatable>(
    _ actual: Value,
    _ expected: Value,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual != expected else { return }
    Issue.record(Comment(rawValue: diff(expected, actual) ?? "not equal"), sourceLocation: sourceLocation)
}
