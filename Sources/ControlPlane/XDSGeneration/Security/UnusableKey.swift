/// Keys for an issuer whose own could not be fetched.
///
/// Envoy would take a provider without keys for misconfigured. This is the public half of an RSA key whose private half was
/// thrown away when it was made, so that every token of the issuer is refused until its keys are there.
enum UnusableKey {
    static let keySet = #"{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"unusable","e":"AQAB","n":""#
        + modulus + #""}]}"#

    private static let modulus = [
        "szz4TbJpjq0p4XRHuWG2Yn-Zd3tRduByhVSXWlXSe1A3uYPzpqLaoj3ghDxrSmqkjDA8FKNS77h3wUgadN-PhY-NwmihsTan6fkq",
        "-28m7HoHno-iDeWiP0Rrg_gNFaTFquYrWQiZhuE6AnxKoHIcvZ5SGSIaz1Ksw18teB9yQgAXmj_glxDpwoTKJshNloug6HQdfoO1",
        "hwqyt0SqHmWJmtMqSe8vF8ENcLljpaKTCq_FBcw3WhJJ1H0AHP4IHEotMqzkDY1hTkc3DsXuqLoqBWP9taPQh2XUGIg4JCFbzyqI",
        "bAzgaRtayVLpVqTE3qV5HHPz8PScEeAiwucmomgOxQ",
    ].joined()
}
