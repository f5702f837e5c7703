import Engine
import Testing

@testable import Storage

@Suite("The table of pages in memory")
struct PageLedgerTests {
    /// Says the same as the ledger, the slow way.
    private struct Model {
        var pages: [(state: PageState, due: Int64?)]

        func next(_ now: Int64) -> PageClaim {
            let parked = pages.indices.filter { pages[$0].state == .parked }
                .map { (due: pages[$0].due ?? .max, page: $0) }.min { $0 < $1 }
            if let parked, parked.due <= now { return .claimed(page(parked.page)) }
            if let fresh = pages.firstIndex(where: { $0.state == .fresh }) {
                return .claimed(page(fresh))
            }
            if let parked { return .nothingDue(untilMilliseconds: parked.due) }
            return pages.contains { $0.state == .claimed }
                ? .nothingDue(untilMilliseconds: .max) : .finished
        }

        private func page(_ index: Int) -> ClaimedPage {
            ClaimedPage(
                page: PageIndex(UInt32(index)), count: 1, recipientsBytes: 1, hasRecords: false)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `It chooses as a plain search would`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        func draw(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
        var ledger = PageQueue()
        var model = Model(pages: [])
        for _ in 0..<draw(40) {
            let state = PageState.allCases[draw(4)]
            let due = state == .parked ? Int64(draw(50)) : nil
            ledger.append(
                .init(
                    count: 1, recipientsBytes: 1, state: state, dueMilliseconds: due,
                    hasRecords: false))
            model.pages.append((state, due))
        }
        for now in 0..<400 as Range<Int64> {
            let expected = model.next(now)
            let next = ledger.next(nowMilliseconds: now)
            #expect(next == expected)
            if case .claimed(let page) = next, draw(3) > 0 {
                ledger.claim(page.page)
                model.pages[Int(page.page.rawValue)].state = .claimed
            }
            let claimed = model.pages.indices.filter { model.pages[$0].state == .claimed }
            if !claimed.isEmpty, draw(2) == 0 {
                let page = claimed[draw(claimed.count)]
                let state: PageState = [.parked, .parked, .done, .fresh][draw(4)]
                let due = state == .parked ? now + Int64(draw(40)) : nil
                ledger.settle(PageIndex(UInt32(page)), dueMilliseconds: due, state: state)
                model.pages[page] = (state, due)
            }
            ledger.checkInvariants()
        }
    }
}

@Suite("The checksum")
struct ChecksumTests {
    private func sum(_ bytes: [UInt8], page: UInt32 = 0) -> UInt64 {
        unsafe bytes.withUnsafeBytes { unsafe Checksum.of($0, salt: UInt64(page)) }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 31, 32, 33, 71, 240])
    func `Every single flipped bit, a longer and a moved page change it`(count: Int) {
        let bytes = SampleCampaign.recipients(1, bytes: count)
        let original = sum(bytes)
        for place in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[place] ^= 1 << bit
                #expect(sum(flipped) != original)
            }
        }
        #expect(sum(bytes + [0]) != original)
        #expect(sum(bytes, page: 1) != original)
    }

    @Test func `It does not depend on alignment, and stays what it was`() {
        let bytes = SampleCampaign.recipients(1, bytes: 100)
        for shift in 0..<8 {
            let shifted = [UInt8](repeating: 0, count: shift) + bytes
            let moved = unsafe shifted.withUnsafeBytes {
                unsafe Checksum.of(
                    UnsafeRawBufferPointer(rebasing: $0[shift...]))
            }
            #expect(moved == sum(bytes))
        }
        // Stored in files: another value here makes every campaign unreadable.
        #expect(sum(Array("fanfare".utf8), page: 7) == 7_660_025_788_751_381_514)
    }
}
