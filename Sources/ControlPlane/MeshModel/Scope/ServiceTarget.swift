/// A port of a service that a proxy itself stands behind (Istio `model.ServiceTarget`).
package struct ServiceTarget: Sendable, Hashable {
    /// Service.
    package var service: Service
    /// Port of the service.
    package var servicePort: Service.Port
    /// Port of the workload, to which inbound connections go.
    package var targetPort: UInt32

    package init(service: Service, servicePort: Service.Port, targetPort: UInt32) {
        self.service = service
        self.servicePort = servicePort
        self.targetPort = targetPort
    }
}
