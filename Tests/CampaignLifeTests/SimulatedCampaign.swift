import CampaignLife

/// A campaign as the simulated database and disk know it: what outlives a crash.
struct SimulatedCampaign {
    /// Tells campaigns apart whose rows have one number.
    let identity: Int
    var status = CampaignStatus.draft
    var scheduledFor: Int64 = 0
    var stopAt: Int64?
    /// Deliveries that have not ended.
    var pending: Int
    var recipients: Int
    var hasSnapshot = false
    /// Its pages are claimed by a run.
    var isOpen = false
    /// A pause or a stop was answered, and nobody has asked for anything since that begins a send.
    var mustBeQuiet = false
}

/// A run in the simulated engine.
struct SimulatedRun {
    let row: Int
    let identity: Int
    var isDraining = false
    var hasEnded = false
    /// The times at which the requests on the wire end.
    var onWire: [Int] = []
    /// What the file of its campaign had pending when it was opened, less what has ended since.
    var pending: Int
}

/// A request that waits for its answer.
struct SimulatedAsk {
    let wish: RunWish
    let row: Int
    let identity: Int
    /// By then it has to be answered, in steps of the simulation.
    let latestStep: Int
}
