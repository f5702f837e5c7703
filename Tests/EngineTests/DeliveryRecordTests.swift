import Engine
import Testing

@Suite("Delivery records and identities")
struct DeliveryRecordTests {
    @Test("a record is 24 bytes, and its fields lie where the format says")
    func layout() {
        #expect(MemoryLayout<DeliveryRecord>.size == 24)
        #expect(MemoryLayout<DeliveryRecord>.stride == 24)
        #expect(MemoryLayout<DeliveryRecord>.offset(of: \.attempts) == 2)
        #expect(MemoryLayout<DeliveryRecord>.offset(of: \.generation) == 3)
        #expect(MemoryLayout<DeliveryRecord>.offset(of: \.code) == 4)
        #expect(MemoryLayout<DeliveryRecord>.offset(of: \.flags) == 6)
        #expect(MemoryLayout<DeliveryRecord>.offset(of: \.timeMilliseconds) == 8)
        #expect(MemoryLayout<DeliveryRecord>.offset(of: \.latencyMicroseconds) == 16)
        #expect(MemoryLayout<DeliveryRecord>.offset(of: \.bodyBytes) == 20)
    }

    @Test("status and reason are the first two bytes, with the stored numbers")
    func enumerations() {
        var record = DeliveryRecord()
        record.status = .unknown
        record.reason = .crashed
        let bytes = unsafe withUnsafeBytes(of: record) { unsafe Array($0) }
        #expect(Array(bytes[0..<2]) == [5, 12])
        #expect(DeliveryStatus.allCases.map(\.rawValue) == Array(0...6))
        #expect(DeliveryReason.allCases.map(\.rawValue) == Array(0...22))
    }

    @Test("zeroed bytes are a fresh record")
    func zeroed() {
        let bytes = [UInt64](repeating: 0, count: 3)
        let record = unsafe bytes.withUnsafeBytes { unsafe $0.load(as: DeliveryRecord.self) }
        #expect(record == DeliveryRecord())
        #expect(record.status == .pending && record.reason == .none && record.isValid)
    }

    @Test("bytes outside the vocabulary are found")
    func invalid() {
        for offset in 0..<2 {
            var bytes = [UInt8](repeating: 0, count: 24)
            bytes[offset] = 200
            let record = unsafe bytes.withUnsafeBytes {
                unsafe $0.loadUnaligned(as: DeliveryRecord.self)
            }
            #expect(!record.isValid)
        }
    }

    @Test("every status and reason has a word of its own")
    func words() {
        #expect(Set(DeliveryStatus.allCases.map(\.name)).count == DeliveryStatus.allCases.count)
        let labels = DeliveryReason.allCases.map { $0.label(code: 503) }
        #expect(Set(labels).count == labels.count)
        #expect(DeliveryReason.httpStatus.label(code: 503) == "http_503")
    }

    @Test("an ordinal is its page and place, holes of short pages included")
    func ordinals() {
        let ordinal = Ordinal(page: PageIndex(4_000_000), index: 1_023)
        #expect(ordinal.rawValue == 4_096_001_023)
        #expect(ordinal.page == PageIndex(4_000_000) && ordinal.index == 1_023)
    }

    @Test("a campaign's identity reads back from its 22 digits, and from nothing else")
    func campaignIdentity() {
        let id = CampaignID(high: 0x0123, low: .max)
        #expect(id.description == "0000000001fVn8ndB2QfLL")
        for id in [id, CampaignID(high: 0, low: 0), CampaignID(high: .max, low: .max)] {
            #expect(CampaignID(id.description) == id)
        }
        for text in [
            "", "12", String(repeating: "-", count: 22), String(repeating: "0", count: 23),
            String(repeating: "z", count: 22),
        ] {
            #expect(CampaignID(text) == nil)
        }
    }
}
