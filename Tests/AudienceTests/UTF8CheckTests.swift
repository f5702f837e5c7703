import Structures
import Testing

@testable import Audience

@Suite struct UTF8CheckTests {
    private static let edges: [UInt8] = [
        0x01, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
        0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
    ]

    private func fault(_ bytes: [UInt8]) -> (offset: Int, isZero: Bool)? {
        // The check may look at words, beyond the end of the bytes too.
        var padded = bytes + [UInt8](repeating: 0, count: 16)
        return unsafe padded.withUnsafeMutableBufferPointer { buffer in
            unsafe UTF8Check.firstFault(
                buffer.baseAddress!, buffer.baseAddress! + bytes.count)
        }
    }

    private func expectAgreement(_ bytes: [UInt8]) {
        let isValid = String(validating: bytes, as: UTF8.self) != nil
        if isValid != (fault(bytes) == nil) { Issue.record("disagrees about \(bytes)") }
    }

    @Test func theStandardLibraryAgreesOnEveryEdge() {
        for a in Self.edges {
            expectAgreement([a])
            for b in Self.edges {
                expectAgreement([a, b])
                for c in Self.edges {
                    expectAgreement([a, b, c])
                    if a >= 0xE0 { expectAgreement([a, b, c, 0x80]) }
                    if a >= 0xF0 { expectAgreement([a, b, c, 0xBF]) }
                    if a >= 0xF0 { expectAgreement([a, b, c, 0xC0]) }
                }
            }
        }
    }

    @Test func theStandardLibraryAgreesOnRandomText() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            var bytes = Array("plain ascii, é 日本語 🎉 مرحبا, and more plain ascii".utf8)
            bytes.removeFirst(random.below(30))
            bytes[random.below(bytes.count)] = UInt8(1 + random.below(255))
            expectAgreement(bytes)
        }
    }

    @Test func theFaultsPlaceIsTheStartOfItsSequence() {
        #expect(fault(Array("abcdefgh\u{E9}".utf8) + [0xE2, 0x82, 0x41])?.offset == 10)
        #expect(fault(Array("é".utf8) + [0])?.isZero == true)
        #expect(fault(Array("éabcdefghijkl".utf8) + [0, 0x41])?.offset == 14)
    }
}
