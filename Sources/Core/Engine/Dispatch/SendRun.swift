import Pacing

/// A send of a campaign on one shard.
struct SendRun {
    let plan: SendPlan
    let target: TargetID
    let share: SendShare
    let counters: SendCounters
    /// What the idempotency key begins with; `nil` when the provider has no field for it.
    let keyPrefix: [UInt8]?
    /// The plan's, a part of the keys.
    let send: SendNumber
    /// Completes each message; `nil` when they go out as they were rendered.
    let preparer: (any MessagePreparer)?
    /// How many values the preparer adds to each message.
    let addedFieldCount: Int
    /// The plan's, behind arrays that no other shard refers to.
    let limiters: LimiterChain
    let cells: SendCells
    let eligibility: EligibilityProbe?

    /// The limits of hosts as they were when the current turn began.
    var hostLimits: HostLimitsView?
    /// What tells its gates from those of campaigns with another registry.
    let hostSalt: UInt64
    /// The gate of the target's own host; `none` when each request brings its URL.
    var host = HostTable.Index.none
    /// Journal slots of the pages it holds, in the order in which they came.
    var pages: [Int] = []
    /// Recipients that may be sent now and are behind their page's cursor.
    var ready = RecipientList()
    var inFlight = 0
    /// Page requests that the store has not answered.
    var pagesRequested = 0
    /// Whether it would ask for a page if the time had come.
    var wantsPage = false
    /// The store has nothing before this wall time.
    var askAgainMilliseconds: Int64 = 0
    /// When a limiter lets the next send through; `nil` while no limiter binds.
    var limitedUntilNanoseconds: Int64?
    /// Whether the store has nothing because a quota is used up.
    var isQuotaUsedUp = false
    /// What kept it from starting more when it last had its turn.
    var bound = BindingCause.none
    /// What the last recipient waits for that was put into a host's list.
    var hostCause = BindingCause.hostConnections
    /// Which host holds most of those back that are put into hosts' lists.
    var hostVote = HostVote()

    /// What ended its last turn, and when that was; 0 before its first.
    private var held = BindingCause.idle
    private var turnedNanoseconds: Int64 = 0

    var totals = SendCounters.Snapshot()
    private var published = SendCounters.Snapshot()

    init(
        plan: SendPlan, target: TargetID, share: SendShare, counters: SendCounters
    ) {
        self.plan = plan
        self.target = target
        self.share = share
        self.counters = counters
        limiters = plan.limiters.copy
        cells = counters.cells
        send = plan.send
        hostLimits = plan.hostLimits.map { HostLimitsView($0) }
        hostSalt = plan.hostLimits?.salt ?? 0
        eligibility = plan.eligibility.map { EligibilityProbe($0) }
        let requirements = plan.provider.requirements
        keyPrefix =
            requirements.keyFieldName == nil ? nil : IdempotencyKey.prefix(campaign: plan.id)
        addedFieldCount = requirements.fieldNames.count
        preparer = plan.provider.makePreparer()
    }

    /// Whether it holds no page and has asked for none.
    var holdsNoPage: Bool { pages.isEmpty && pagesRequested == 0 }

    /// Ends a turn: counts what bound the campaign in it and what held it up since the one before,
    /// and publishes what has changed.
    mutating func publishTurn(nowNanoseconds now: Int64) {
        if turnedNanoseconds > 0 { cells.add(nanoseconds: now - turnedNanoseconds, of: held) }
        turnedNanoseconds = now
        held = bound
        totals.bindings[bound] += 1
        bound = .none
        totals.inFlight = inFlight
        totals.pages = pages.count
        if totals != published { publish() }
    }

    mutating func publish() {
        totals.inFlight = inFlight
        totals.pages = pages.count
        cells.store(hostVote)
        counters.publish(totals)
        published = totals
    }
}

/// The runs of a shard by their slot, at stable addresses.
///
/// Reached by pointer: a field of a struct in plain memory costs neither a copy of its neighbours
/// nor a dynamic exclusivity check, and this is read several times per message.
// SAFETY: it owns its memory, and a slot is checked to be in use before a pointer is handed out.
@safe
struct RunTable: ~Copyable {
    private let runs: UnsafeMutablePointer<SendRun>
    /// Whether the run of the same index is initialised memory.
    private let used: UnsafeMutablePointer<Bool>

    init() {
        unsafe runs = .allocate(capacity: EngineLimits.campaignsMax)
        unsafe used = .allocate(capacity: EngineLimits.campaignsMax)
        unsafe used.initialize(repeating: false, count: EngineLimits.campaignsMax)
    }

    deinit {
        for index in 0..<EngineLimits.campaignsMax where unsafe used[index] {
            unsafe runs.advanced(by: index).deinitialize(count: 1)
        }
        unsafe runs.deallocate()
        unsafe used.deallocate()
    }

    func isUsed(_ slot: SendSlot) -> Bool {
        unsafe Int(slot.rawValue) < EngineLimits.campaignsMax && used[Int(slot.rawValue)]
    }

    func insert(_ run: SendRun, at slot: SendSlot) {
        precondition(
            Int(slot.rawValue) < EngineLimits.campaignsMax, "a campaign slot is out of range")
        unsafe runs.advanced(by: Int(slot.rawValue)).initialize(to: run)
        unsafe used[Int(slot.rawValue)] = true
    }

    func remove(_ slot: SendSlot) {
        precondition(isUsed(slot), "a campaign slot is not in use")
        unsafe runs.advanced(by: Int(slot.rawValue)).deinitialize(count: 1)
        unsafe used[Int(slot.rawValue)] = false
    }

    @unsafe
    subscript(slot: SendSlot) -> UnsafeMutablePointer<SendRun> {
        unsafe self[Int(slot.rawValue)]
    }

    @unsafe
    subscript(index: Int) -> UnsafeMutablePointer<SendRun> {
        unsafe precondition(
            index < EngineLimits.campaignsMax && used[index], "a campaign slot is not in use")
        return unsafe runs.advanced(by: index)
    }
}
