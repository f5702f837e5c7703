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

    @Test func aURLOfAPrivateHostIsRefusedUntilItIsAllowed() throws {
        #expect(throws: CampaignMistake.self) {
            try TargetCheck.refusePrivateAddress(of: "http://127.0.0.1:9/x")
        }
        try TargetCheck.checkURL("http://127.0.0.1:9/x")
    }
}
