import HTTPWire
import Testing

@testable import ProxyFilters

@Suite struct GRPCStatusTests {
    @Test(
        arguments: [
            ("0", 200), ("1", 499), ("2", 500), ("3", 400), ("4", 504), ("5", 404), ("6", 409), ("7", 403), ("8", 429),
            ("9", 400), ("10", 409), ("11", 400), ("12", 501), ("13", 500), ("14", 503), ("15", 500), ("16", 401),
            ("17", 500), ("99999999999999999999", 500), ("-1", 500), ("x", 500), ("", nil), (nil, nil),
        ] as [(String?, UInt16?)]
    )
    func statusesStandForThoseOfHTTP(status: String?, expected: UInt16?) {
        var head = ResponseHead()
        if let status { head.headers.add(.grpcStatus, status) }
        #expect(GRPCStatus.httpStatus(of: head) == expected)
    }
}
