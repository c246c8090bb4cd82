internal import HTTPWire

/// The `grpc-status` of a response head (gRPC `statuscodes.md`), and what it is in HTTP's terms.
enum GRPCStatus {
    /// The status; nil if the head has none, which is usual: it comes in the trailers. What is no number is -1.
    static func number(in headers: borrowing HeaderBlock) -> Int? {
        headers.withValue(of: .grpcStatus) { value -> Int? in
            var number = 0
            for byte in value {
                guard (0x30...0x39).contains(byte), number < 1000 else { return -1 }
                number = number * 10 + Int(byte - 0x30)
            }
            return value.isEmpty ? nil : number
        } ?? nil
    }

    /// The HTTP status that a response's `grpc-status` stands for, as Envoy counts it against endpoints.
    static func httpStatus(of head: ResponseHead) -> UInt16? { number(in: head.headers).map(httpStatus) }

    private static func httpStatus(_ status: Int) -> UInt16 {
        switch status {
        case 0: 200
        case 1: 499
        case 3, 9, 11: 400
        case 4: 504
        case 5: 404
        case 6, 10: 409
        case 7: 403
        case 8: 429
        case 12: 501
        case 14: 503
        case 16: 401
        default: 500
        }
    }
}
