import Engine
import SendPlans
import Testing

@Suite struct HeaderTests {
    @Test(arguments: ["Content-Length", "transfer-encoding", "webhook-id", "", "a b", "naïve"])
    func aHeaderThatWouldBreakTheRequestIsRefused(name: String) {
        #expect(throws: CampaignMistake.self) {
            try CampaignDocument.Header(name: name, value: "x").check()
        }
    }

    @Test func anOrdinaryHeaderIsTaken() throws {
        try CampaignDocument.Header(name: "X-Tenant", value: "{{ tenant }}").check()
    }

    @Test(arguments: ["ftp://a/b", "http://", "http://u:p@host/", "host/path", "http://h/a b"])
    func aURLThatCannotBeSentToIsRefused(url: String) {
        #expect(throws: CampaignMistake.self) { try TargetCheck.checkURL(url) }
    }

    @Test(arguments: [
        "http://127.0.0.1:9/x", "http://2130706433/", "http://0x7f.1/", "http://127.0.0.1.:/",
        "http://[::1]/", "http://[::ffff:10.0.0.1]", "http://[fe80::1%eth0]/", "https://localhost",
    ])
    func aURLOfAPrivateHostIsRefusedUntilItIsAllowed(url: String) throws {
        let destination = try #require(Destination(of: url))
        #expect(throws: CampaignMistake.self) { try destination.requirePublic() }
        try TargetCheck.checkURL(url)
    }

    @Test func anAddressIsKnownWithoutALookUpAndANameIsNot() {
        #expect(Destination(of: "http://8.8.8.8/")?.reach == .open)
        #expect(Destination(of: "http://[2606:4700::1111]/")?.reach == .open)
        #expect(Destination(of: "http://10.1/")?.reach == .confined)
        #expect(Destination(of: "http://a.test/") != nil)
        #expect(Destination(of: "http://a.test/")?.reach == nil)
    }

    @Test(arguments: [
        ("ftp://a/b", "“ftp://a/b” is no URL of the form http://host/path or https://host/path"),
        (
            "http://h:0/",
            "“http://h:0/” is no URL of the form http://host/path or https://host/path: "
                + "its port is no number from 1 to 65535"
        ),
    ])
    func theReasonOfARefusalIsSaid(url: String, message: String) {
        let mistake = #expect(throws: CampaignMistake.self) { try TargetCheck.checkURL(url) }
        #expect(mistake?.message == message)
    }
}
