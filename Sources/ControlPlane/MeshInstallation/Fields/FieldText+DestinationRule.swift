extension FieldText {
    static let destinationRule = """
        DestinationRule | How a service is called once a rule has led to it.
          host string | Name of the service; a short name is of this namespace, *.example.com means many.
          trafficPolicy TrafficPolicy | For the whole service.
          subsets [Subset] | Parts of the service by the labels of their pods, such as versions.
          exportTo [string] | Namespaces that see the rule: *, . (this one) or names.
          workloadSelector LabelSelector | Only for calling workloads with these labels.

        LabelSelector | Workloads by their labels.
          matchLabels {string} | Labels of which all must match.

        Subset | A part of a service.
          name string | What VirtualServices call it.
          labels {string} | Labels of its pods.
          trafficPolicy TrafficPolicy | For this part, in place of the same blocks of the whole service's policy.

        TrafficPolicy | How connections are made and endpoints are chosen.
          loadBalancer LoadBalancerSettings | Which endpoint a request goes to.
          connectionPool ConnectionPoolSettings | How many connections and requests there may be.
          outlierDetection OutlierDetection | When endpoints that fail are left out.
          tls ClientTLSSettings | TLS towards the service.
          portLevelSettings [PortTrafficPolicy] | For single ports of the service.
          tunnel TunnelSettings | Connections go through an HTTP proxy.
          proxyProtocol ProxyProtocol | Connections begin with a PROXY header.
          retryBudget RetryBudget | How many retries there may be at a time.

        PortTrafficPolicy | For one port; blocks that are left out are the defaults, not those of the service.
          port PortSelector | The port.
          loadBalancer LoadBalancerSettings | Which endpoint a request goes to.
          connectionPool ConnectionPoolSettings | How many connections and requests there may be.
          outlierDetection OutlierDetection | When endpoints that fail are left out.
          tls ClientTLSSettings | TLS towards the service.

        LoadBalancerSettings | Which endpoint a request goes to.
          simple string | LEAST_REQUEST (the default), ROUND_ROBIN, RANDOM or PASSTHROUGH.
          consistentHash ConsistentHashLB | Equal requests go to the same endpoint.
          backendUtilization BackendUtilizationLB | By the load that endpoints report.
          localityLbSetting LocalityLbSetting | Shares and order of localities.
          zoneAwareLbSetting ZoneAwareLbSetting | Endpoints of the caller's zone first, as far as they are enough.
          warmup WarmupConfiguration | New endpoints get their share step by step.
          warmupDurationSecs string | Older form of warmup.

        ConsistentHashLB | What makes requests equal; one of them.
          httpHeaderName string | A header.
          httpCookie HTTPCookie | A cookie, which the proxy makes when it is missing.
          useSourceIp bool | The caller's address.
          httpQueryParameterName string | A query parameter.
          ringHash RingHash | By a ring, the default.
          maglev MagLev | By Maglev's table.
          minimumRingSize int | Older form of ringHash.minimumRingSize.

        HTTPCookie | A cookie.
          name string | Its name.
          path string | Its path.
          ttl string | How long it lives; 0s ends with the browser's session.

          attributes [HTTPCookieAttribute] | Further attributes, such as SameSite.

        HTTPCookieAttribute | An attribute of a cookie.
          name string | Its name.
          value string | Its value.

        BackendUtilizationLB | By the load that endpoints report in their answers.
          metricNamesForComputingUtilization [string] | Metrics to look at.
          errorUtilizationPenaltyPercent int | How much errors count as load.
          weightExpirationPeriod string | Time after which a report no longer counts.
          weightStabilizationPeriod string | Time for which a new endpoint must report before it counts.
          weightUpdatePeriod string | Time between two changes of weights.

        RingHash | A ring of points.
          minimumRingSize int | The least number of points.

        MagLev | Maglev's table.
          tableSize int | Its size, a prime number.

        LocalityLbSetting | Shares and order of localities.
          enabled bool | Off with false.
          distribute [LocalityDistribute] | Shares by the caller's locality.
          failover [LocalityFailover] | Which region takes over from which.
          failoverPriority [string] | Labels whose equality makes endpoints come first.

        LocalityDistribute | Shares of callers of one locality.
          from string | The callers' locality, as region/zone/*.
          to {int} | Percentages by locality; their sum is 100.

        LocalityFailover | One region takes over from another.
          from string | The region that fails.
          to string | The region that takes over.

        ZoneAwareLbSetting | Endpoints of the caller's zone first.
          enabled bool | Off with false.
          failover [LocalityFailover] | Which region takes over from which.
          failoverPriority [string] | Labels whose equality makes endpoints come first.
          minClusterSize int | With fewer endpoints zones do not count.

        WarmupConfiguration | How new endpoints get their share.
          duration string | Until they have all of it.
          minimumPercent number | What they begin with.
          aggression number | 1 is a straight line; higher is faster at first.

        ConnectionPoolSettings | How many connections and requests there may be, by each calling proxy.
          tcp TCPSettings | Of connections.
          http HTTPSettings | Of HTTP requests.

        TCPSettings | Limits and times of connections.
          maxConnections int | Connections at a time.
          connectTimeout string | Time to connect; 10s when left out.
          tcpKeepalive TcpKeepalive | Probes on idle connections.
          maxConnectionDuration string | A connection's whole life.
          idleTimeout string | Time without bytes until a connection is closed.

        TcpKeepalive | Probes on idle connections.
          probes int | Probes without answer until the connection counts as gone.
          time string | Idle time before the first.
          interval string | Time between two.

        HTTPSettings | Limits of HTTP requests.
          http1MaxPendingRequests int | Requests that wait for a connection.
          http2MaxRequests int | Requests at a time, of HTTP/1.1 too.
          maxRequestsPerConnection int | Requests until a connection is closed; 1 switches keep-alive off.
          maxRetries int | Retries at a time.
          idleTimeout string | Time without requests until a connection is closed; an hour when left out.
          h2UpgradePolicy string | DEFAULT, DO_NOT_UPGRADE or UPGRADE to HTTP/2.
          useClientProtocol bool | The service is spoken to as the caller speaks.
          maxConcurrentStreams int | Requests at a time on one HTTP/2 connection.
          http2KeepAlive HTTP2KeepAlive | Pings on HTTP/2 connections.

        HTTP2KeepAlive | Pings on HTTP/2 connections.
          interval string | Time between two.
          timeout string | Time without answer until a connection counts as gone.

        OutlierDetection | When endpoints that fail are left out for a while.
          consecutive5xxErrors int | After so many 5xx in a row; 0 for never.
          consecutiveGatewayErrors int | After so many 502, 503 or 504 in a row; 0 for never.
          consecutiveErrors int | Older form of consecutive5xxErrors.
          splitExternalLocalOriginErrors bool | Failed connects count apart from the service's own errors.
          consecutiveLocalOriginFailures int | After so many failed connects in a row.
          interval string | Time between two looks at who may come back; 10s when left out.
          baseEjectionTime string | Time for which an endpoint is left out, times how often it was; 30s when left out.
          maxEjectionPercent int | The share of endpoints that may be left out; 10 when left out.
          minHealthPercent int | With a smaller share of healthy endpoints, all are used.
          outlierDetectionHttpErrorCodes [int] | Further statuses that count as failures.

        ClientTLSSettings | TLS towards the service.
          mode string | DISABLE, SIMPLE, MUTUAL or ISTIO_MUTUAL.
          clientCertificate string | File of the certificate to show.
          privateKey string | File of its key.
          caCertificates string | File of the authorities to trust.
          credentialName string | Secret with all three, instead of files.
          subjectAltNames [string] | Names of which the service's certificate must carry one.
          sni string | The server name to ask for.
          insecureSkipVerify bool | The service's certificate is not verified.
          caCrl string | File of revoked certificates.

        TunnelSettings | An HTTP proxy on the way.
          protocol string | CONNECT or POST.
          targetHost string | The host to ask it for.
          targetPort int | The port to ask it for.

        ProxyProtocol | The header before the first byte.
          version string | V1 or V2.

        RetryBudget | How many retries there may be at a time.
          percent number | In percent of the requests at that time.
          minRetryConcurrency int | So many there may always be.
          budgetInterval string | The time whose requests count.
        """
}
