import Engine
import EngineTesting

/// A store of pages in memory that answers at once, unless the test holds it back.
@safe
final class ScriptedStore: PageStore {
    struct Commit {
        let campaign: SendSlot
        let page: PageIndex
        let records: [DeliveryRecord]
        let dueMilliseconds: Int64?
        let slot: Int
    }

    /// What shards may claim.
    private var waiting: [SendSlot: [(page: PageIndex, records: [DeliveryRecord]?)]] = [:]
    private var fixtures: [SendSlot: [PageIndex: AudienceFixture]] = [:]
    private(set) var commits: [Commit] = []
    /// The numbers of the recipients of every page, when pages bring them; at most 1,024.
    var ordinals: [UInt32] = [] {
        didSet {
            for (index, ordinal) in ordinals.enumerated() { unsafe numbers[index] = ordinal }
        }
    }
    private let numbers = UnsafeMutablePointer<UInt32>.allocate(capacity: 1_024)
    /// Requests per campaign.
    private(set) var requests: [SendSlot: Int] = [:]
    /// Whether the mailbox refuses everything.
    var isFull = false
    /// Whether commits are answered at once; else by `answerCommits`.
    var answersCommits = true
    /// How many recipients of each page may be worked on.
    var allowance = Int.max
    /// Whether the store has nothing because a quota is used up.
    var isQuotaUsedUp = false
    /// Whether pages that come back unfinished may be claimed again.
    var returnsPages = false
    private var unanswered: [Int] = []
    private var answers: [StoreEvent] = []
    private var claims: UInt64 = 0
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    private var recordCopies: [UnsafeMutablePointer<DeliveryRecord>] = unsafe []

    deinit {
        unsafe memory.deallocate()
        unsafe numbers.deallocate()
        while let copy = unsafe recordCopies.popLast() { unsafe copy.deallocate() }
    }

    /// Adds a page.
    func add(
        _ recipients: [(id: String, host: String)], of campaign: SendSlot,
        records: [DeliveryRecord]? = nil
    ) {
        let index = PageIndex(UInt32(fixtures[campaign, default: [:]].count))
        fixtures[campaign, default: [:]][index] = AudienceFixture(recipients: recipients)
        waiting[campaign, default: []].append((index, records))
    }

    func answerCommits() {
        for slot in unanswered { answers.append(.committed(slot: slot)) }
        unanswered = []
    }

    func requestPage(of campaign: SendSlot) -> Bool {
        guard !isFull else { return false }
        requests[campaign, default: 0] += 1
        guard let next = waiting[campaign]?.first,
            let fixture = fixtures[campaign]?[next.page]
        else {
            answers.append(.nothingDue(campaign, untilMilliseconds: .max, byQuota: isQuotaUsedUp))
            return true
        }
        waiting[campaign]?.removeFirst()
        claims += 1
        var records: UnsafePointer<DeliveryRecord>?
        if let stored = next.records {
            let copy = UnsafeMutablePointer<DeliveryRecord>.allocate(capacity: stored.count)
            for index in stored.indices { unsafe (copy + index).initialize(to: stored[index]) }
            unsafe recordCopies.append(copy)
            unsafe records = unsafe UnsafePointer(copy)
        }
        unsafe answers.append(
            .loaded(
                LoadedPage(
                    campaign: campaign, page: next.page, claim: claims,
                    audience: fixture.audience, records: records,
                    ordinals: ordinals.isEmpty ? nil : UnsafePointer(numbers), memory: memory,
                    allowance: allowance)))
        return true
    }

    func commit(_ commit: PageCommit) -> Bool {
        guard !isFull else { return false }
        let records = unsafe Array(UnsafeBufferPointer(start: commit.records, count: commit.count))
        commits.append(
            Commit(
                campaign: commit.campaign, page: commit.page, records: records,
                dueMilliseconds: commit.dueMilliseconds, slot: commit.slot))
        if commit.dueMilliseconds != nil && returnsPages {
            waiting[commit.campaign, default: []].append((commit.page, records))
        }
        unanswered.append(commit.slot)
        if answersCommits { answerCommits() }
        return true
    }

    func nextEvent() -> StoreEvent? { answers.isEmpty ? nil : answers.removeFirst() }
}
