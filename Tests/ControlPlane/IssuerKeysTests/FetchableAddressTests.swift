import IssuerKeys
import SecurityTags
import Testing

/// Whoever may write a RequestAuthentication must not reach through the control plane what only it can.
@Suite(.tags(.sec27)) struct FetchableAddressTests {
    @Test(arguments: [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "::1", "::", "169.254.169.254", "169.254.0.1", "fe80::1",
        "febf::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "2002:a9fe:a9fe::1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254",
        "fd00:0ec2:0:0:0:0:0:254", "224.0.0.1", "255.255.255.255", "ff02::1", "issuer", "",
    ])
    func isRefused(_ address: String) {
        #expect(FetchableAddress.reason(against: address) != nil)
    }

    @Test(arguments: [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "8.8.8.8", "1.2.3.4", "fd00::1", "fc00:1::2",
        "2001:db8::1", "2606:4700::1111", "::ffff:10.0.0.1", "64:ff9b::808:808", "223.255.255.255",
    ])
    func isAllowed(_ address: String) {
        #expect(FetchableAddress.reason(against: address) == nil)
    }
}
