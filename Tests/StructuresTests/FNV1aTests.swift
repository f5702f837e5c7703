import Structures
import Testing

/// The values are those of the authors' test suite, http://www.isthe.com/chongo/src/fnv/test_fnv.c.
@Suite struct FNV1aTests {
    @Test(
        arguments: [
            ("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C),
            ("foobar", 0x8594_4171_F739_67E8),
        ] as [(String, UInt64)])
    func aTextHasThePublishedHash(_ text: String, _ expected: UInt64) {
        var hash = FNV1a()
        hash.add(contentsOf: text.utf8)
        #expect(hash.value == expected)
        let bytes = Array(text.utf8)
        #expect(unsafe bytes.withUnsafeBytes { unsafe FNV1a.hash($0) } == expected)
    }

    @Test func foldingJoinsTheHalves() {
        #expect(FNV1a.fold(0x0123_4567_89AB_CDEF) == 0x8888_8888)
        #expect(FNV1a(basis: 0xFFFF_FFFF_0000_0001).folded == 0xFFFF_FFFE)
    }
}
