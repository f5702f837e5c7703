import Engine
import Jinja
import Testing

@Suite("Idempotency keys")
struct IdempotencyKeyTests {
    private let campaign = CampaignID(high: 0xABC, low: 1)

    @Test(
        "the written key is the one that people are shown",
        arguments: [0, 1, 9, 10, 1_023, 1_024, 99_999, UInt64.max], [0, 1, 9, 10, 255] as [UInt8])
    func bytesAreText(ordinal: UInt64, generation: UInt8) throws {
        for number in [0, 1, 10, 99] {
            let send = try #require(SendNumber(number))
            let key = IdempotencyKey.text(
                campaign: campaign, ordinal: Ordinal(ordinal), send: send, generation: generation)
            #expect(written(ordinal, send, generation) == key)
        }
    }

    private func written(
        _ ordinal: UInt64, _ send: SendNumber = .first, _ generation: UInt8 = 0
    ) -> String {
        var buffer = ByteBuffer()
        buffer.append("before")
        let start = buffer.count
        IdempotencyKey.appendValue(
            prefix: IdempotencyKey.prefix(campaign: campaign), ordinal: Ordinal(ordinal),
            send: send, generation: generation, to: &buffer)
        var values = unsafe FieldValues(start: buffer.start + start, count: 1)
        guard let value = unsafe values.next() else { return "" }
        #expect(start + FieldValues.lengthBytes + value.count == buffer.count)
        return unsafe String(decoding: value, as: UTF8.self)
    }

    @Test("the bytes of keys are for ever")
    func golden() throws {
        let second = try #require(SendNumber(1))
        let last = try #require(SendNumber(99))
        #expect(written(0) == "000000000Fi9a7EOjHlyPB-0")
        #expect(written(10_239_999) == "000000000Fi9a7EOjHlyPB-10239999")
        #expect(written(12, .first, 2) == "000000000Fi9a7EOjHlyPB-12-r2")
        #expect(written(12, second) == "000000000Fi9a7EOjHlyPB-12-s1")
        #expect(written(12, last, 255) == "000000000Fi9a7EOjHlyPB-12-s99-r255")
        #expect(
            written(.max, last, 255)
                == "000000000Fi9a7EOjHlyPB-18446744073709551615-s99-r255")
    }

    @Test("a send has a number from 0 to 99")
    func sendNumbers() {
        #expect(SendNumber(0) == .first && SendNumber(99)?.rawValue == 99)
        #expect(SendNumber(-1) == nil && SendNumber(100) == nil && SendNumber(256) == nil)
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
