import Engine
import Jinja
import Testing

@Suite("Idempotency keys")
struct IdempotencyKeyTests {
    private let campaign = CampaignID(high: 0xABC, low: 1)

    @Test(
        "the written key is the one that people are shown",
        arguments: [0, 1, 9, 10, 1_023, 1_024, 99_999, UInt64.max], [0, 1, 9, 10, 255] as [UInt8])
    func bytesAreText(ordinal: UInt64, generation: UInt8) {
        var buffer = ByteBuffer()
        buffer.append(IdempotencyKey.prefix(campaign: campaign))
        IdempotencyKey.appendRest(
            ordinal: Ordinal(ordinal), generation: generation, to: &buffer)
        #expect(
            buffer.string
                == IdempotencyKey.text(
                    campaign: campaign, ordinal: Ordinal(ordinal), generation: generation))
    }

    @Test("a deliberate resend has another key, and no key has a dot")
    func generations() {
        let keys = (0...3).map {
            IdempotencyKey.text(campaign: campaign, ordinal: Ordinal(12), generation: $0)
        }
        #expect(keys[0] == "000000000Fi9a7EOjHlyPB-12")
        #expect(keys[1] == keys[0] + "-r1")
        #expect(Set(keys).count == 4)
        #expect(!keys.joined().contains("."))
    }
}
