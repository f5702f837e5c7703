import EngineTesting
import Structures
import Testing

@testable import Engine

@Suite("The dispatcher's small structures")
struct DispatchStructuresTests {
    @Test("recipient lists behave as queues, and give up a page's members, whatever the order")
    func recipientLists() {
        let slots = 3
        let links = RecipientLinks(slots: slots)
        var generator = SeededGenerator(seed: 4)
        var lists = [RecipientList(), RecipientList()]
        var models: [[RecipientReference]] = [[], []]
        var free = (0..<60).map { RecipientReference(slot: $0 % slots, index: 500 + $0) }
        for _ in 0..<4_000 {
            let list = generator.draw(0...1)
            switch generator.draw(0...20) {
            case 0:
                let slot = generator.draw(0...slots - 1)
                lists[list].removeAll(slot: slot, links)
                free += models[list].filter { $0.slot == slot }
                models[list].removeAll { $0.slot == slot }
            case 1...10:
                let popped = lists[list].popFirst(links)
                #expect(popped == models[list].first)
                if let popped {
                    models[list].removeFirst()
                    free.append(popped)
                }
            default:
                guard !free.isEmpty else { continue }
                let reference = free.remove(at: generator.draw(0...free.count - 1))
                lists[list].append(reference, links)
                models[list].append(reference)
            }
            #expect(lists[list].count == models[list].count)
            #expect(lists[list].isEmpty == models[list].isEmpty)
        }
    }

    @Test("a recipient's reference is its slot and place")
    func references() {
        let reference = RecipientReference(slot: 63, index: 1_023)
        #expect(reference.slot == 63 && reference.index == 1_023)
    }

    @Test("a host's gate lives while it is pinned, used or waited for, and its place is used again")
    func gates() {
        let links = RecipientLinks(slots: 1)
        var hosts = HostTable()
        let first = hosts.gate(hash: 1)
        #expect(hosts.gate(hash: 1) == first)
        let second = hosts.gate(hash: 2)
        #expect(second != first)

        hosts.pin(first)
        hosts[first].inFlight = 1
        hosts.unpin(first)
        #expect(hosts.gate(hash: 1) == first)
        hosts[first].inFlight = 0
        hosts[first].waiting.append(RecipientReference(slot: 0, index: 3), links)
        hosts.releaseIfIdle(first)
        #expect(hosts.gate(hash: 1) == first)
        hosts.markOpen(first)
        hosts.markOpen(first)
        #expect(hosts.openCount == 1 && hosts.open(at: 0) == first)
        hosts.markOpen(first)
        hosts.forgetOpen(first: 1)
        #expect(hosts.openCount == 1 && hosts.open(at: 0) == first)
        hosts.forgetOpen(first: 1)
        #expect(hosts.openCount == 0)
        #expect(hosts[first].waiting.popFirst(links) == RecipientReference(slot: 0, index: 3))
        hosts.releaseIfIdle(first)
        let third = hosts.gate(hash: 3)
        #expect(third == first)
        #expect(hosts[third].inFlight == 0 && hosts[third].waiting.isEmpty)
    }

    @Test("a page that leaves takes its recipients out of every host's list, and of no other's")
    func removeWaiting() {
        let links = RecipientLinks(slots: 2)
        var hosts = HostTable()
        for index in 0..<6 {
            let host = hosts.gate(hash: UInt64(index % 3))
            hosts[host].waiting.append(
                RecipientReference(slot: index % 2, index: index), links)
        }
        hosts.removeWaiting(slot: 1, links)
        var left: [Int] = []
        for hash in 0..<3 {
            let host = hosts.gate(hash: UInt64(hash))
            while let reference = hosts[host].waiting.popFirst(links) {
                left.append(reference.index)
            }
        }
        #expect(left.sorted() == [0, 2, 4])
    }
}
