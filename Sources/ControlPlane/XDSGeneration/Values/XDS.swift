import EnvoyAPI

/// Short names of the Envoy messages this room writes.
enum XDS {
    typealias AccessLog = Envoy_Config_Accesslog_V3_AccessLog
    typealias Address = Envoy_Config_Core_V3_Address
    typealias CidrRange = Envoy_Config_Core_V3_CidrRange
    typealias CircuitBreakers = Envoy_Config_Cluster_V3_CircuitBreakers
    typealias ClientSideWeightedRoundRobin =
        Envoy_Extensions_LoadBalancingPolicies_ClientSideWeightedRoundRobin_V3_ClientSideWeightedRoundRobin
    typealias CertificateValidationContext = Envoy_Extensions_TransportSockets_Tls_V3_CertificateValidationContext
    typealias Cluster = Envoy_Config_Cluster_V3_Cluster
    typealias ClusterLoadAssignment = Envoy_Config_Endpoint_V3_ClusterLoadAssignment
    typealias CommonTLSContext = Envoy_Extensions_TransportSockets_Tls_V3_CommonTlsContext
    typealias ConfigSource = Envoy_Config_Core_V3_ConfigSource
    typealias CorsPolicy = Envoy_Extensions_Filters_Http_Cors_V3_CorsPolicy
    typealias DataSource = Envoy_Config_Core_V3_DataSource
    typealias DownstreamTLSContext = Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext
    typealias Filter = Envoy_Config_Listener_V3_Filter
    typealias FilterChain = Envoy_Config_Listener_V3_FilterChain
    typealias FilterChainMatch = Envoy_Config_Listener_V3_FilterChainMatch
    typealias FractionalPercent = Envoy_Type_V3_FractionalPercent
    typealias HTTPConnectionManager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
    typealias HTTPFault = Envoy_Extensions_Filters_Http_Fault_V3_HTTPFault
    typealias HTTPFilter = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter
    typealias HTTPProtocolOptions = Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions
    typealias HeaderMatcher = Envoy_Config_Route_V3_HeaderMatcher
    typealias HeaderValueOption = Envoy_Config_Core_V3_HeaderValueOption
    typealias LbEndpoint = Envoy_Config_Endpoint_V3_LbEndpoint
    typealias Listener = Envoy_Config_Listener_V3_Listener
    typealias ListenerFilter = Envoy_Config_Listener_V3_ListenerFilter
    typealias ListenerFilterPredicate = Envoy_Config_Listener_V3_ListenerFilterChainMatchPredicate
    typealias Locality = Envoy_Config_Core_V3_Locality
    typealias LocalityLbEndpoints = Envoy_Config_Endpoint_V3_LocalityLbEndpoints
    typealias MatchPredicate = Envoy_Config_Common_Matcher_V3_MatchPredicate
    typealias Metadata = Envoy_Config_Core_V3_Metadata
    typealias OutlierDetection = Envoy_Config_Cluster_V3_OutlierDetection
    typealias QueryParameterMatcher = Envoy_Config_Route_V3_QueryParameterMatcher
    typealias RedirectAction = Envoy_Config_Route_V3_RedirectAction
    typealias RegexMatcher = Envoy_Type_Matcher_V3_RegexMatcher
    typealias RetryPolicy = Envoy_Config_Route_V3_RetryPolicy
    typealias Route = Envoy_Config_Route_V3_Route
    typealias RouteAction = Envoy_Config_Route_V3_RouteAction
    typealias RouteConfiguration = Envoy_Config_Route_V3_RouteConfiguration
    typealias RouteMatch = Envoy_Config_Route_V3_RouteMatch
    typealias RuntimeFractionalPercent = Envoy_Config_Core_V3_RuntimeFractionalPercent
    typealias SDSSecretConfig = Envoy_Extensions_TransportSockets_Tls_V3_SdsSecretConfig
    typealias Secret = Envoy_Extensions_TransportSockets_Tls_V3_Secret
    typealias SocketAddress = Envoy_Config_Core_V3_SocketAddress
    typealias StringMatcher = Envoy_Type_Matcher_V3_StringMatcher
    typealias SubjectAltNameMatcher = Envoy_Extensions_TransportSockets_Tls_V3_SubjectAltNameMatcher
    typealias TCPProxy = Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy
    typealias TLSParameters = Envoy_Extensions_TransportSockets_Tls_V3_TlsParameters
    typealias TransportSocket = Envoy_Config_Core_V3_TransportSocket
    typealias UpstreamTLSContext = Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext
    typealias VirtualHost = Envoy_Config_Route_V3_VirtualHost
}
