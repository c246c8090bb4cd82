package import HTTPWire
package import ProxySnapshot

extension HeaderModifications {
    /// Applies one level of changes to a request's or response's headers: removals, then overwrites, then additions.
    ///
    /// `requestHeaders` are what `%REQ()%` reads; pass the block itself for requests.
    package func apply(
        to headers: inout HeaderBlock,
        requestHeaders: HeaderBlock? = nil,
        context: @autoclosure () -> HeaderValueContext
    ) {
        guard !isEmpty else { return }
        for name in removals { headers.remove(name) }
        // Envoy computes all values first and overwrites before it appends.
        for addition in additions where addition.action.overwrites {
            if addition.action == .overwriteIfExists, !headers.isPresent(addition.name) { continue }
            addition.withValue(headers, requestHeaders, context) { value in
                if !value.isEmpty || addition.keepsEmptyValue { headers.set(addition.name, value) }
            }
        }
        for addition in additions where !addition.action.overwrites {
            if addition.action == .addIfAbsent, headers.isPresent(addition.name) { continue }
            addition.withValue(headers, requestHeaders, context) { value in
                if !value.isEmpty || addition.keepsEmptyValue { headers.add(addition.name, value) }
            }
        }
    }
}

extension HeaderAppendAction {
    fileprivate var overwrites: Bool {
        switch self {
        case .overwriteIfExistsOrAdd, .overwriteIfExists: true
        case .appendIfExistsOrAdd, .addIfAbsent: false
        }
    }
}

extension HeaderAddition {
    fileprivate func withValue(
        _ headers: HeaderBlock,
        _ requestHeaders: HeaderBlock?,
        _ context: () -> HeaderValueContext,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        switch value {
        case .literal(let bytes):
            bytes.withUnsafeBytes(body)
        case .pieces(let pieces):
            var bytes: [UInt8] = []
            let context = context()
            for piece in pieces {
                switch piece {
                case .literal(let literal): bytes += literal
                case .command(.requestHeader(let name, let alternative, let limit)):
                    bytes += (requestHeaders ?? headers).bytes(of: name, alternative, limit)
                case .command(.responseHeader(let name, let alternative, let limit)):
                    bytes += requestHeaders == nil ? [] : headers.bytes(of: name, alternative, limit)
                case .command(let command):
                    // A header line cannot carry what a host name or SNI might hold.
                    bytes += (context.text(of: command) ?? "").utf8.filter { $0 != 0 && $0 != 0x0a && $0 != 0x0d }
                }
            }
            bytes.withUnsafeBytes(body)
        }
    }
}

extension HeaderBlock {
    fileprivate func bytes(of name: HeaderName, _ alternative: HeaderName?, _ limit: Int?) -> [UInt8] {
        guard let range = value(of: name) ?? alternative.flatMap({ value(of: $0) }) else { return [] }
        return withBytes(range) { Array($0.prefix(limit ?? Int.max)) }
    }
}
