import Foundation
import Structures
import Synchronization
import Testing

@testable import Engine

@Suite("The table of those who may not be sent to")
struct EligibilityTableTests {
    @Test("the hash is SipHash-1-3 with the scope as one more word")
    func hashVectors() {
        // From a program that gives the published vectors of SipHash-2-4 with as many rounds.
        let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        let vectors: [(count: UInt8, scope: UInt64, value: UInt64)] = [
            (0, 0x0, 0x79291C7A4C691902),
            (3, 0x1, 0xA0C97B3CC0DB4B03),
            (8, 0x2, 0xEEC58B32110875EE),
            (15, 0x3, 0x768574DE3EA1AF37),
            (20, 0xFFFFFFFFFFFFFFFF, 0x05D29AD3E090B11A),
        ]
        for vector in vectors {
            let text = Array(0..<vector.count)
            var hash = KeyedHash(key: key)
            unsafe text.withUnsafeBytes { unsafe hash.absorb($0) }
            #expect(hash.value(in: vector.scope) == vector.value)
        }
    }

    @Test("a user has all reasons that were given and not taken away, and the first is told")
    func reasons() {
        let table = EligibilityTable()
        #expect(table.reason("a", 1) == nil)
        table.insert("a", 1, .noConsent)
        table.insert("a", 1, .suppressed)
        table.insert("a", 1, .suppressed)
        #expect(table.reason("a", 1) == .suppressed)
        #expect(table.reason("a", 2) == nil && table.reason("b", 1) == nil)
        #expect(table.count == 1)
        table.remove("a", 1, .suppressed)
        table.remove("a", 1, .userDeleted)
        #expect(table.reason("a", 1) == .noConsent)
        table.remove("a", 1, .noConsent)
        #expect(table.reason("a", 1) == nil && table.count == 0)
        table.insert("a", 1, .userDeleted)
        #expect(table.reason("a", 1) == .userDeleted)
    }

    @Test("every reason of a user is held, and comes back as itself")
    func everyReason() {
        let table = EligibilityTable()
        let reasons = DeliveryReason.allCases.filter { $0.eligibilityBit != nil }
        #expect(reasons.count == 6)
        for reason in reasons {
            table.insert("a", 7, reason)
            #expect(table.reason("a", 7) == reason)
            table.remove("a", 7, reason)
        }
    }

    @Test("it says what a dictionary says, however it grows and shrinks")
    func model() {
        let table = EligibilityTable(capacityMin: 1, key: (1, 2))
        var generator = SeededGenerator(seed: 3)
        var model: [String: Set<DeliveryReason>] = [:]
        let reasons: [DeliveryReason] = [.userDeleted, .suppressed, .noConsent]
        for step in 0..<40_000 {
            let users = UInt64(step < 20_000 ? 200 : 3_000)
            let user = "user-\(generator.next() % users)"
            let reason = reasons[Int(generator.next() % 3)]
            if generator.next() % 5 < 3 {
                table.insert(user, 1, reason)
                model[user, default: []].insert(reason)
            } else {
                table.remove(user, 1, reason)
                model[user]?.remove(reason)
            }
            if step % 997 == 0 {
                for user in 0..<3_000 {
                    let expected = reasons.first { model["user-\(user)"]?.contains($0) == true }
                    #expect(table.reason("user-\(user)", 1) == expected)
                }
                #expect(table.count == model.values.count { !$0.isEmpty })
            }
        }
    }

    @Test("coming and going of a few does not make it grow")
    func churn() {
        let table = EligibilityTable(capacityMin: 1, key: (1, 2))
        for user in 0..<200_000 {
            table.insert("user-\(user)", 1, .noConsent)
            if user >= 20 { table.remove("user-\(user - 20)", 1, .noConsent) }
        }
        #expect(table.count == 20)
        #expect(table.capacity <= 256)
    }

    @Test("readers on other threads never miss one that stays, and never see one that never was")
    func threads() {
        let table = EligibilityTable(capacityMin: 1)
        for user in 0..<500 { table.insert("stays-\(user)", 1, .suppressed) }
        let isOver = Atomic<Bool>(false)
        let mistakes = Atomic<Int>(0)
        let group = DispatchGroup()
        for _ in 0..<2 {
            group.enter()
            Thread.detachNewThread {
                while !isOver.load(ordering: .relaxed) {
                    for user in 0..<500 {
                        if table.reason("stays-\(user)", 1) != .suppressed
                            || table.reason("never-\(user)", 1) != nil
                        {
                            mistakes.wrappingAdd(1, ordering: .relaxed)
                        }
                    }
                }
                group.leave()
            }
        }
        for round in 0..<20 {
            for user in 0..<1_000 { table.insert("comes-\(round)-\(user)", 1, .noConsent) }
            for user in 0..<900 { table.remove("comes-\(round)-\(user)", 1, .noConsent) }
        }
        isOver.store(true, ordering: .relaxed)
        group.wait()
        #expect(mistakes.load(ordering: .relaxed) == 0)
        #expect(table.count == 500 + 20 * 100)
    }
}

extension EligibilityTable {
    func insert(_ user: String, _ scope: UInt64, _ reason: DeliveryReason) {
        unsafe Array(user.utf8).withUnsafeBytes {
            unsafe insert(scope: scope, userID: $0, reason: reason)
        }
    }

    func remove(_ user: String, _ scope: UInt64, _ reason: DeliveryReason) {
        unsafe Array(user.utf8).withUnsafeBytes {
            unsafe remove(scope: scope, userID: $0, reason: reason)
        }
    }

    func reason(_ user: String, _ scope: UInt64) -> DeliveryReason? {
        unsafe Array(user.utf8).withUnsafeBytes { unsafe reason(scope: scope, userID: $0) }
    }
}
