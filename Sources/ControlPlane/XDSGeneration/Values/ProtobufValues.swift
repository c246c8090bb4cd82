import EnvoyAPI
import SwiftProtobuf

extension Google_Protobuf_Duration {
    /// The same span; xDS durations are whole nanoseconds, anything finer is cut off.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(seconds: seconds, nanos: Int32(truncatingIfNeeded: attoseconds / 1_000_000_000))
    }

    static let zero = Google_Protobuf_Duration()
}

extension Duration {
    var isPositive: Bool { self > .zero }
}

extension Google_Protobuf_Any {
    /// A message under its type URL, in deterministic bytes: equal messages must give equal resource versions.
    init(packing message: some Message) {
        self.init()
        typeURL = "type.googleapis.com/" + type(of: message).protoMessageName
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        // Only a missing proto2 required field or a nested Any of an unknown type can fail, and neither is ever built.
        value = (try? message.serializedData(partial: true, options: options)) ?? value
    }
}

extension XDS.FractionalPercent {
    /// Percent, 0...100, in millionths as Istio writes them; out of range is clamped.
    init(percent: Double) {
        self.init()
        numerator = UInt32(max(0, min(100, percent.isFinite ? percent : 0)) * 10_000)
        denominator = .million
    }

    /// Whole percent, 0...100.
    init(wholePercent: UInt32) {
        self.init()
        numerator = min(100, wholePercent)
        denominator = .hundred
    }
}

extension XDS.ConfigSource {
    /// The stream the resource itself came on, waited for without end so that warming never gives up.
    static let aggregated: XDS.ConfigSource = {
        var source = XDS.ConfigSource()
        source.ads = Envoy_Config_Core_V3_AggregatedConfigSource()
        source.initialFetchTimeout = .zero
        source.resourceApiVersion = .v3
        return source
    }()
}
