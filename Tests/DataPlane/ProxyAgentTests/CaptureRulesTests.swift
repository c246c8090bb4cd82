import CustomDump
import Testing

@testable import ProxyAgent

@Suite struct CaptureRulesTests {
    /// The flags of every injected pod.
    private static var usual: CaptureOptions {
        var options = CaptureOptions()
        options.inboundPorts = .all
        options.outboundRanges = .all
        options.excludedInboundPorts = [15090, 15021, 15020]
        return options
    }

    @Test(arguments: [(false, "127.0.0.6/32", "127.0.0.1/32"), (true, "::6/128", "::1/128")])
    func theUsualFlagsGiveIstiosChainsInIstiosOrder(isIPv6: Bool, source: String, loopback: String) {
        let out = "-A ISTIO_OUTPUT"
        let own = "-o lo ! -d \(loopback) -p tcp ! --dport 15008"
        expectNoDifference(
            CaptureRules(Self.usual, isIPv6: isIPv6).restoreText,
            """
            *nat
            :ISTIO_INBOUND - [0:0]
            :ISTIO_REDIRECT - [0:0]
            :ISTIO_IN_REDIRECT - [0:0]
            :ISTIO_OUTPUT - [0:0]
            -A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
            -A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
            -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
            -A PREROUTING -p tcp -j ISTIO_INBOUND
            -A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN
            -A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN
            -A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN
            -A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
            -A OUTPUT -j ISTIO_OUTPUT
            \(out) -o lo -s \(source) -j RETURN
            \(out) \(own) -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
            \(out) -o lo -m owner ! --uid-owner 1337 -j RETURN
            \(out) -m owner --uid-owner 1337 -j RETURN
            \(out) \(own) -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT
            \(out) -o lo -m owner ! --gid-owner 1337 -j RETURN
            \(out) -m owner --gid-owner 1337 -j RETURN
            \(out) -d \(loopback) -j RETURN
            \(out) -j ISTIO_REDIRECT
            COMMIT

            """
        )
    }

    @Test func excludedPortsComeBeforeEverythingAndRangesLast() {
        var options = CaptureOptions()
        options.inboundPorts = .only([80])
        options.excludedOutboundPorts = [27017]
        options.outboundPorts = [3306]
        options.outboundRanges = .only([AddressRange("10.0.0.0/8"), AddressRange("fd00::/8")].compactMap(\.self))
        options.excludedOutboundRanges = [AddressRange("10.1.0.0/16")].compactMap(\.self)
        let rules = CaptureRules(options, isIPv6: false).rules
        let output = rules.filter { $0.chain == "ISTIO_OUTPUT" }.map(\.text)
        #expect(output.first == "-p tcp --dport 27017 -j RETURN")
        expectNoDifference(
            Array(output.suffix(4)),
            [
                "-d 127.0.0.1/32 -j RETURN", "-d 10.1.0.0/16 -j RETURN", "-p tcp --dport 3306 -j ISTIO_REDIRECT",
                "-d 10.0.0.0/8 -j ISTIO_REDIRECT",
            ]
        )
        #expect(rules.filter { $0.chain == "ISTIO_INBOUND" }.last?.text == "-p tcp --dport 80 -j ISTIO_IN_REDIRECT")
        let other = CaptureRules(options, isIPv6: true).rules.filter { $0.chain == "ISTIO_OUTPUT" }.map(\.text)
        expectNoDifference(
            Array(other.suffix(2)),
            ["-p tcp --dport 3306 -j ISTIO_REDIRECT", "-d fd00::/8 -j ISTIO_REDIRECT"]
        )
    }

    @Test func interfacesAreLeftAloneOrCountAsOutbound() {
        var options = Self.usual
        options.excludedInterfaces = ["eth1"]
        options.virtualInterfaces = ["net1"]
        let kernels = CaptureRules(options, isIPv6: false).rules.filter { !$0.chain.hasPrefix("ISTIO_") }.map(\.line)
        expectNoDifference(
            kernels,
            [
                "-A PREROUTING -i eth1 -j RETURN", "-A OUTPUT -o eth1 -j RETURN", "-I PREROUTING 1 -i net1 -j RETURN",
                "-A PREROUTING -p tcp -j ISTIO_INBOUND", "-A OUTPUT -j ISTIO_OUTPUT",
                "-I PREROUTING 1 -i net1 -j ISTIO_REDIRECT",
            ]
        )
    }

    @Test func transparentModeMarksInsteadOfRewriting() {
        var options = Self.usual
        options.mode = .tproxy
        options.excludedInboundPorts = [15020]
        let text = CaptureRules(options, isIPv6: false).restoreText
        expectNoDifference(
            text.firstRange(of: "*mangle").map { String(text[$0.lowerBound...]) },
            """
            *mangle
            :ISTIO_INBOUND - [0:0]
            :ISTIO_DIVERT - [0:0]
            :ISTIO_TPROXY - [0:0]
            -A ISTIO_DIVERT -j MARK --set-mark 1337
            -A ISTIO_DIVERT -j ACCEPT
            -A ISTIO_TPROXY ! -d 127.0.0.1/32 -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006
            -A PREROUTING -p tcp -j ISTIO_INBOUND
            -A ISTIO_INBOUND -p tcp -m mark --mark 1337 -j RETURN
            -A ISTIO_INBOUND -p tcp -s 127.0.0.6/32 -i lo -j RETURN
            -A ISTIO_INBOUND -p tcp -i lo -m mark ! --mark 1338 -j RETURN
            -A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN
            -A ISTIO_INBOUND -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT
            -A ISTIO_INBOUND -p tcp -j ISTIO_TPROXY
            -A PREROUTING -p tcp -m mark --mark 1337 -j CONNMARK --save-mark
            -A OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark
            COMMIT

            """
        )
    }

    @Test func dnsGoesToTheAgentButTheProxysOwn() {
        var options = Self.usual
        options.redirectsDNS = true
        options.nameServers = AddressRange.nameServers(
            ofResolvConf: "search a b\nnameserver 10.96.0.10\nnameserver fd00::53\n"
        )
        let rules = CaptureRules(options, isIPv6: false).rules
        expectNoDifference(
            rules.filter { $0.chain == "ISTIO_OUTPUT_DNS" }.map { "\($0.table.rawValue) \($0.text)" },
            [
                "nat -p udp --dport 53 -m owner --uid-owner 1337 -j RETURN",
                "nat -p udp --dport 53 -m owner --gid-owner 1337 -j RETURN",
                "nat -p tcp --dport 53 -d 10.96.0.10/32 -j REDIRECT --to-ports 15053",
                "nat -p udp --dport 53 -d 10.96.0.10/32 -j REDIRECT --to-ports 15053",
                "raw -p udp --dport 53 -m owner --uid-owner 1337 -j CT --zone 1",
                "raw -p udp --sport 15053 -m owner --uid-owner 1337 -j CT --zone 2",
                "raw -p udp --dport 53 -m owner --gid-owner 1337 -j CT --zone 1",
                "raw -p udp --sport 15053 -m owner --gid-owner 1337 -j CT --zone 2",
                "raw -p udp --dport 53 -d 10.96.0.10/32 -j CT --zone 2",
            ]
        )
        #expect(rules.contains { $0.chain == "ISTIO_OUTPUT" && $0.text == "-j ISTIO_OUTPUT_DNS" })
        #expect(rules.contains { $0.text == "-o lo -p tcp ! --dport 53 -m owner ! --uid-owner 1337 -j RETURN" })
    }

    @Test(arguments: [
        ("*", "", []),
        ("*", "java,202", ["-m owner --gid-owner java -j RETURN", "-m owner --gid-owner 202 -j RETURN"]),
        ("a,b", "", ["-m owner ! --gid-owner a -m owner ! --gid-owner b -j RETURN"]),
    ])
    func groupsChooseWhoIsCaptured(included: String, excluded: String, rules: [String]) throws {
        var options = Self.usual
        options.ownerGroups = try CaptureOptions.ownerGroups(included: included, excluded: excluded)
        let found = CaptureRules(options, isIPv6: false).rules.map(\.text)
        expectNoDifference(found.filter { text in rules.contains(text) }, rules)
    }

    @Test func theLoopbackIsCapturedWhenItIsAskedFor() {
        var options = Self.usual
        options.outboundRanges = .only([AddressRange("127.1.2.3")].compactMap(\.self))
        let texts = CaptureRules(options, isIPv6: false).rules.map(\.text)
        #expect(!texts.contains("-o lo -m owner ! --uid-owner 1337 -j RETURN"))
        #expect(!texts.contains("-d 127.0.0.1/32 -j RETURN"))
        #expect(texts.last == "-d 127.1.2.3/32 -j ISTIO_REDIRECT")
    }

    @Test func whatIsThereIsReplacedInTheSameTransaction() {
        let present = CapturePresence(
            saved: """
                *nat
                :OUTPUT ACCEPT [0:0]
                :ISTIO_OUTPUT - [0:0]
                :ISTIO_OUTPUT_DNS - [0:0]
                -A PREROUTING -i eth1 -j RETURN
                -A OUTPUT -p tcp -j ISTIO_OUTPUT
                -A OUTPUT -d 192.0.2.1/32 -j ACCEPT
                -A ISTIO_OUTPUT -j ISTIO_OUTPUT_DNS
                COMMIT
                """
        )
        var options = Self.usual
        options.excludedInterfaces = ["eth1"]
        let lines = CaptureRules(options, isIPv6: false).restoreText(replacing: present)
            .split(separator: "\n").map(String.init)
        #expect(lines.contains("-D OUTPUT -p tcp -j ISTIO_OUTPUT"))
        #expect(lines.contains("-D PREROUTING -i eth1 -j RETURN"))
        #expect(lines.contains("-X ISTIO_OUTPUT_DNS"))
        #expect(!lines.contains { $0.contains("192.0.2.1") })
    }

    @Test(arguments: ["0", "65536", "-1", "http", "80 -j ACCEPT", "80,"])
    func portsThatAreNoneAreRefused(text: String) {
        #expect(throws: CaptureOptionError.self) { try CaptureOptions.port(text, of: "-p") }
    }

    @Test(arguments: ["10.0.0.0/33", "10.0.0", "x", "fd00::/129", "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0.0/8;id"])
    func rangesThatAreNoneAreRefused(text: String) {
        #expect(throws: CaptureOptionError.self) { try CaptureOptions.ranges(text, of: "-i") }
    }

    @Test(arguments: ["-j", "a\"b", "a;b", "eth0\n-F"])
    func namesThatWouldBeMoreThanAWordAreRefused(text: String) {
        // Blanks within are dropped as they are in lists; what is left must be one word.
        #expect(throws: CaptureOptionError.self) { try CaptureOptions.interfaces("\(text)!", of: "-c") }
    }
}
