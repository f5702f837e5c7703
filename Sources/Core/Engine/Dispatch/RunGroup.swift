/// The runs of one campaign on a shard: they share its turn, and its part of the page slots.
///
/// A campaign with a single send is a group of one. However many sends a campaign has, it takes no
/// more from the others than that.
struct RunGroup {
    /// Whose runs they are.
    let campaign: CampaignID
    /// Their places in the run table, in the order in which they came; never empty.
    private(set) var runs: [Int]
    /// Where in `runs` the campaign's next turn begins.
    private(set) var rotation = 0
    /// Where in `runs` the search for a run that wants a page begins.
    private(set) var pageRotation = 0

    init(_ campaign: CampaignID, run: Int) {
        self.campaign = campaign
        runs = [run]
    }

    mutating func add(_ run: Int) { runs.append(run) }

    mutating func remove(_ run: Int) {
        runs.removeAll { $0 == run }
        rotation = 0
        pageRotation = 0
    }

    /// The run that has its turn `offset` places behind the first.
    func run(at offset: Int) -> Int { runs[place(rotation, offset)] }

    /// The run that is asked for its wishes `offset` places behind the first.
    func asking(at offset: Int) -> Int { runs[place(pageRotation, offset)] }

    /// The run `offset` places behind the first has had its turn: the next begins behind it.
    mutating func passTurn(at offset: Int) { rotation = place(rotation, offset + 1) }

    /// The same of the run that has asked for a page.
    mutating func passAsking(at offset: Int) { pageRotation = place(pageRotation, offset + 1) }

    private func place(_ first: Int, _ offset: Int) -> Int {
        let place = first + offset
        return place < runs.count ? place : place - runs.count
    }
}
