/// `/listeners` in Envoy's text and JSON forms.
enum ListenersPage {
    static func page(_ report: ProxyReport, _ request: AdminRequest) -> AdminResponse {
        guard request.query["format"] == "json" else {
            return AdminResponse(body: report.listeners.map { "\($0.name)::\($0.address)\n" }.joined())
        }
        return .json(
            .object([
                (
                    "listener_statuses",
                    .array(
                        report.listeners.map {
                            .object([("name", .string($0.name)), ("local_address", .string($0.address))])
                        }
                    )
                )
            ])
        )
    }
}
