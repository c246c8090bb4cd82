internal import ProxySnapshot

/// Envoy's ring: each endpoint stands at many points in proportion to its weight, a hash belongs to the next point.
///
/// Points are the XXH64 of `ADDRESS_0`, `ADDRESS_1` ... (Envoy "Ring hash").
struct HashRing: Sendable {
    private struct Point {
        var hash: UInt64
        var endpoint: UInt32
    }

    private let points: [Point]

    init(_ members: [HashTableInput.Member], minimumSize: UInt64, maximumSize: UInt64) {
        let least = members.reduce(1) { min($0, $1.weight) }
        guard !members.isEmpty, least > 0 else {
            points = []
            return
        }
        // The lightest endpoint gets a whole number of points if the ring may be so large.
        let scale = min((least * Double(minimumSize)).rounded(.up) / least, Double(maximumSize))
        var points: [Point] = []
        points.reserveCapacity(Int(scale.rounded(.up)))
        var target = 0.0
        for member in members {
            target += scale * member.weight
            var key = member.address.hashKey
            key.append(UInt8(ascii: "_"))
            let length = key.count
            var number = 0
            while Double(points.count) < target {
                key.removeSubrange(length...)
                key.append(contentsOf: String(number).utf8)
                let hash = XXHash64.hash(key)
                points.append(Point(hash: hash, endpoint: UInt32(truncatingIfNeeded: member.index)))
                number += 1
            }
        }
        points.sort { $0.hash < $1.hash }
        self.points = points
    }

    /// The endpoint of the first point at or after `hash`, or `attempt` points further on.
    @inline(__always)
    func pick(_ hash: UInt64, attempt: Int) -> Int? {
        guard !points.isEmpty else { return nil }
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low &+ high) >> 1
            if points[middle].hash < hash { low = middle &+ 1 } else { high = middle }
        }
        if low == points.count { low = 0 }
        if attempt > 0 { low = (low &+ attempt) % points.count }
        return Int(points[low].endpoint)
    }

    func forEachShare(_ body: (Int, Double) -> Void) {
        guard var previous = points.last?.hash else { return }
        for point in points {
            let arc = Double(point.hash &- previous) / 18_446_744_073_709_551_616
            body(Int(point.endpoint), points.count == 1 ? 1 : arc)
            previous = point.hash
        }
    }
}
