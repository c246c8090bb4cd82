/// The parameters of a query string in order, undecoded, as Envoy's query matcher sees them.
///
/// `a=1&b&c=` gives (`a`, `1`), (`b`, empty), (`c`, empty).
package struct QueryParameters: Sequence, IteratorProtocol {
    private let headers: HeaderBlock
    private var position: Int
    private let end: Int

    package init(_ head: RequestHead) {
        headers = head.headers
        let query = head.query ?? ByteRange(0, 0)
        position = query.start
        end = query.isEmpty ? query.start : query.end
    }

    package mutating func next() -> (name: ByteRange, value: ByteRange)? {
        while position < end {
            let rest = ByteRange(position, end &- position)
            let (length, equals) = headers.withBytes(rest) { bytes in
                let stop = bytes.firstIndex(of: 0x26) ?? bytes.count
                return (stop, bytes[..<stop].firstIndex(of: 0x3D))
            }
            let start = position
            position = start &+ length &+ 1
            if length == 0 { continue }
            guard let equals else { return (ByteRange(start, length), ByteRange(start &+ length, 0)) }
            return (ByteRange(start, equals), ByteRange(start &+ equals &+ 1, length &- equals &- 1))
        }
        return nil
    }
}

extension RequestHead {
    /// The value of the first query parameter with that name, both undecoded; nil if there is none.
    package func queryParameter(_ name: ContiguousArray<UInt8>) -> ByteRange? {
        for parameter in QueryParameters(self)
        where headers.withBytes(parameter.name, { $0.elementsEqual(name) }) {
            return parameter.value
        }
        return nil
    }
}
