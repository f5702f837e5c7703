import Engine
import EngineTesting
import Providers
import Testing

@Suite("Kinds of providers")
struct ProviderKindTests {
    @Test("each keeps to what every provider has to", arguments: ProviderKind.allCases)
    func conforms(_ kind: ProviderKind) {
        ProviderConformance(kind.makeProvider()) { Issue.record("\(kind): \($0)") }.run()
    }

    @Test("a kind has one name, as text and as bytes", arguments: ProviderKind.allCases)
    func names(_ kind: ProviderKind) {
        #expect("\(kind.name)" == kind.rawValue)
        #expect(ProviderKind(rawValue: kind.rawValue) == kind)
    }

    @Test("webhooks carry the key where Standard Webhooks has it, and nothing is prepared")
    func webhook() {
        let provider = ProviderKind.webhook.makeProvider()
        #expect(provider.requirements.keyFieldName == "webhook-id")
        #expect(provider.requirements.fieldNames.isEmpty)
        #expect(provider.requirements.answer.isEmpty)
        #expect(provider.makePreparer() == nil)
    }
}
