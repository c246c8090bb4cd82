extension FieldText {
    static let virtualService = """
        VirtualService | Where requests for hosts go.
          hosts [string] | Names that requests ask for; a short name is a service of this namespace.
          gateways [string] | Gateways the rules are for, as NAME or NAMESPACE/NAME; mesh (the default) is all sidecars.
          http [HTTPRoute] | Rules for HTTP; the first that matches is taken.
          tls [TLSRoute] | Rules for TLS that passes through, by server name.
          tcp [TCPRoute] | Rules for other connections.
          exportTo [string] | Namespaces that see the rules: *, . (this one) or names.

        HTTPRoute | One rule: what it matches, and what becomes of such requests.
          name string | Shown in access logs.
          match [HTTPMatchRequest] | The rule is for requests that one of these matches; left out, for all.
          route [HTTPRouteDestination] | Services that requests go to, in shares of their weights.
          redirect HTTPRedirect | An answer that sends the caller elsewhere.
          directResponse HTTPDirectResponse | An answer that the proxy gives itself.
          delegate Delegate | Another VirtualService that decides on.
          rewrite HTTPRewrite | Changes of path and host before the request goes on.
          timeout string | Time for the whole request, retries included, as 10s; left out, there is no limit.
          retries HTTPRetry | Further attempts after failures.
          fault HTTPFaultInjection | Failures on purpose, for tests.
          mirror Destination | A service that gets copies, whose answers nobody sees.
          mirrorPercentage Percent | The share of requests that is copied.
          mirrorPercent int | Older form of mirrorPercentage.
          mirrors [HTTPMirrorPolicy] | Several services that get copies.
          corsPolicy CorsPolicy | Which other origins may call from a browser.
          headers Headers | Changes of headers.

        HTTPMatchRequest | Conditions of which all must hold.
          name string | Shown in access logs behind the rule's name.
          uri StringMatch | The path.
          scheme StringMatch | http or https.
          method StringMatch | The method, as GET.
          authority StringMatch | The Host header.
          headers {StringMatch} | Headers by their lower-case names; {} asks only that the header is there.
          withoutHeaders {StringMatch} | Headers that must not match.
          queryParams {StringMatch} | Query parameters by name.
          ignoreUriCase bool | Upper and lower case of the path are the same.
          port int | The port that the request was sent to.
          sourceLabels {string} | Labels of the calling workload.
          sourceNamespace string | Namespace of the calling workload.
          gateways [string] | Only for requests through these of the VirtualService's gateways.
          statPrefix string | Counts requests of this rule under this name.

        StringMatch | One of three ways to match a text.
          exact string | The whole text.
          prefix string | How it begins.
          regex string | An RE2 expression for the whole text.

        HTTPRouteDestination | A service and its share.
          destination Destination | The service.
          weight int | Its share, relative to the sum of all weights.
          headers Headers | Changes of headers for requests that go there.

        Destination | A service, or a subset of it.
          host string | Name of the service; a short name is of this namespace.
          subset string | A subset that a DestinationRule of the service names.
          port PortSelector | Which of its ports, when it has several.

        PortSelector | A port by its number.
          number int | The number.

        HTTPRedirect | Where the caller is sent.
          uri string | The new path.
          prefixRewrite string | Replaces the part of the path that a prefix matched.
          authority string | The new host.
          port int | The new port.
          derivePort string | FROM_PROTOCOL_DEFAULT or FROM_REQUEST_PORT.
          scheme string | http or https.
          redirectCode int | 301 (the default), 302, 303, 307 or 308.

        HTTPDirectResponse | An answer without a service.
          status int | The status code.
          body HTTPBody | What it says.

        HTTPBody | The body of an answer.
          string string | Text.
          bytes string | Bytes in base64.

        Delegate | Another VirtualService, one without hosts.
          name string | Its name.
          namespace string | Its namespace; this one when left out.

        HTTPRewrite | Changes before the request goes on.
          uri string | Replaces the path, or the part of it that a prefix matched.
          authority string | Replaces the Host header.
          uriRegexRewrite RegexRewrite | Replaces parts of the path.

        RegexRewrite | A replacement by expression.
          match string | An RE2 expression.
          rewrite string | What takes its place; \\1 is the first group.

        HTTPRetry | Further attempts, each at another endpoint if there is one.
          attempts int | How many beyond the first; 0 for none.
          perTryTimeout string | Time for each attempt; the rule's timeout when left out.
          retryOn string | Which failures, separated by commas, as 5xx,reset,connect-failure.
          retryRemoteLocalities bool | Attempts may go to other localities.
          retryIgnorePreviousHosts bool | Attempts avoid endpoints that have failed.
          backoff string | The least time before an attempt.

        HTTPFaultInjection | Failures on purpose.
          delay HTTPFaultDelay | Requests wait before they go on.
          abort HTTPFaultAbort | Requests fail without reaching the service.

        HTTPFaultDelay | A wait.
          fixedDelay string | How long, as 5s.
          exponentialDelay string | Not supported; use fixedDelay.
          percentage Percent | The share of requests that waits.
          percent int | Older form of percentage.

        HTTPFaultAbort | A failure.
          httpStatus int | The status that callers get.
          grpcStatus string | The gRPC status that callers get, as UNAVAILABLE.
          http2Error string | Not supported; use httpStatus.
          percentage Percent | The share of requests that fails.

        Percent | A share.
          value number | From 0 to 100.

        HTTPMirrorPolicy | A service that gets copies.
          destination Destination | The service.
          percentage Percent | The share of requests that is copied.

        CorsPolicy | Which other origins may call from a browser.
          allowOrigins [StringMatch] | Origins that may.
          allowOrigin [string] | Older form of allowOrigins.
          allowMethods [string] | Methods they may use.
          allowHeaders [string] | Headers they may send.
          exposeHeaders [string] | Headers of answers they may read.
          maxAge string | How long a browser may remember the answer.
          allowCredentials bool | Cookies may be sent.
          unmatchedPreflights string | FORWARD or IGNORE, for preflight requests of other origins.

        Headers | Changes of headers.
          request HeaderOperations | Of requests, before they go on.
          response HeaderOperations | Of answers, before they go back.

        HeaderOperations | Changes of headers by name.
          set {string} | Replaces values.
          add {string} | Appends values.
          remove [string] | Takes headers out.

        TLSRoute | One rule for TLS connections.
          match [TLSMatchAttributes] | The rule is for connections that one of these matches.
          route [RouteDestination] | Services that connections go to.

        TLSMatchAttributes | Conditions of which all must hold.
          sniHosts [string] | Server names, as *.example.com.
          destinationSubnets [string] | Addresses that the connection goes to.
          port int | The port that the connection goes to.
          sourceLabels {string} | Labels of the calling workload.
          sourceNamespace string | Namespace of the calling workload.
          gateways [string] | Only for connections through these gateways.

        TCPRoute | One rule for connections.
          match [L4MatchAttributes] | The rule is for connections that one of these matches; left out, for all.
          route [RouteDestination] | Services that connections go to.

        L4MatchAttributes | Conditions of which all must hold.
          destinationSubnets [string] | Addresses that the connection goes to.
          port int | The port that the connection goes to.
          sourceSubnet string | Addresses that the connection comes from.
          sourceLabels {string} | Labels of the calling workload.
          sourceNamespace string | Namespace of the calling workload.
          gateways [string] | Only for connections through these gateways.

        RouteDestination | A service and its share.
          destination Destination | The service.
          weight int | Its share, relative to the sum of all weights.
        """
}
