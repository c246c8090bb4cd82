internal import HTTPWire
internal import ProxyRouting
internal import ProxySnapshot
internal import ProxyUpstream

/// The router's time limits of one request (Envoy's `FilterUtility::finalTimeout`), in milliseconds; nil is none.
struct RequestTimeout {
    /// From the end of the request to the end of the response, tries and waits between them together.
    var whole: Int64?
    /// Of one try; nil as well where it would not end before the whole.
    var perTry: Int64?

    /// Resolves the limits; takes the headers that were obeyed off the request.
    static func resolve(_ action: RouteAction, request: inout RequestHead) -> RequestTimeout {
        let whole = wholeLimit(action, request: &request)
        guard let limit = action.retryPolicy?.perTryTimeout?.wholeMilliseconds, limit > 0, limit < whole ?? .max else {
            return RequestTimeout(whole: whole, perTry: nil)
        }
        return RequestTimeout(whole: whole, perTry: limit)
    }

    private static func wholeLimit(_ action: RouteAction, request: inout RequestHead) -> Int64? {
        var limit = action.timeout.map(\.wholeMilliseconds) ?? 0
        if let maximum = action.grpcTimeoutHeaderMax, RouteMatcher.isGRPC(request.headers),
            let asked = grpcTimeout(request.headers)
        {
            let cap = maximum.wholeMilliseconds
            limit = cap == 0 ? asked : min(asked, cap)
        }
        if let asked = request.headers.withValue(of: .xEnvoyUpstreamRqTimeoutMs, { decimal($0) }) {
            if let asked { limit = asked }
            request.headers.remove(.xEnvoyUpstreamRqTimeoutMs)
        }
        return limit > 0 ? limit : nil
    }

    private static func grpcTimeout(_ headers: HeaderBlock) -> Int64? {
        let parsed: Int64?? = headers.withValue(of: .grpcTimeout) { value in
            // At most eight digits and a unit (gRPC over HTTP/2, "Timeout").
            guard value.count >= 2, value.count <= 9, let unit = value.last,
                let amount = decimal(UnsafeRawBufferPointer(rebasing: value.dropLast()))
            else { return nil }
            switch unit {
            case 0x48: return amount * 3_600_000
            case 0x4D: return amount * 60_000
            case 0x53: return amount * 1000
            case 0x6D: return amount
            case 0x75: return (amount + 999) / 1000
            case 0x6E: return (amount + 999_999) / 1_000_000
            default: return nil
            }
        }
        return parsed ?? nil
    }

    /// A decimal number of at most 12 digits.
    private static func decimal(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard !text.isEmpty, text.count <= 12 else { return nil }
        var value: Int64 = 0
        for byte in text {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value &* 10 &+ Int64(byte &- 0x30)
        }
        return value
    }
}
