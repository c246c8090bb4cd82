/// Ejection of endpoints that fail (Istio `OutlierDetection`).
package struct OutlierDetection: Sendable, Hashable {
    /// Deprecated; counts where `consecutive5xxErrors` is absent.
    package var consecutiveErrors: Int32 = 0
    /// Whether errors of connecting are counted apart.
    package var splitExternalLocalOriginErrors = false
    /// Errors of connecting in a row; absent is 5.
    package var consecutiveLocalOriginFailures: UInt32?
    /// 502, 503 and 504 in a row; absent or 0 is off.
    package var consecutiveGatewayErrors: UInt32?
    /// 5xx in a row; absent is 5, 0 is off.
    package var consecutive5xxErrors: UInt32?
    /// Time between sweeps; absent is 10 s.
    package var interval: Duration?
    /// Time of the first ejection; absent is 30 s.
    package var baseEjectionTime: Duration?
    /// Largest share of endpoints ejected; 0 is 10.
    package var maxEjectionPercent: Int32 = 0
    /// Share of healthy endpoints below which nothing is ejected.
    package var minHealthPercent: Int32 = 0
    /// Status codes counted as errors, 100...599; empty for all of 5xx.
    package var outlierDetectionHttpErrorCodes: [UInt32] = []
    /// Where the settings begin.
    package var source: SourceLocation?

    package init() {}
}
