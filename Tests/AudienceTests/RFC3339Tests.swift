import Testing

@testable import Audience

@Suite struct RFC3339Tests {
    private func milliseconds(_ text: String) -> Int64? {
        unsafe Array(text.utf8).withUnsafeBytes { unsafe RFC3339.milliseconds($0) }
    }

    @Test(
        arguments: [
            ("2026-01-31T08:00:00Z", 1_769_846_400_000),
            ("2026-01-31T09:00:00+01:00", 1_769_846_400_000),
            ("2026-01-31t08:00:00.2509z", 1_769_846_400_250),
            ("1969-12-31T23:59:59.5Z", -500), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ] as [(String, Int64)])
    func timesAreReadWithTheirOffsetAndFraction(text: String, expected: Int64) {
        #expect(milliseconds(text) == expected)
    }

    @Test(arguments: [
        "", "2026-01-31", "2026-01-31T08:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-31T24:00:00Z", "2026-01-31T08:00:60Z", "2026-01-31T08:00:00.Z",
        "2026-01-31T08:00:00Zx", "2026-01-31T08:00:00+1:00", "0000-01-01T00:00:00Z",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(milliseconds(text) == nil)
    }
}
