/// How many pages stand where.
package struct PageTally: Equatable, Sendable {
    /// Pages that nobody has claimed yet.
    package internal(set) var fresh = 0
    /// Pages that a shard holds, or held when its process died.
    package internal(set) var claimed = 0
    /// Pages that came back unfinished and wait for their due time.
    package internal(set) var parked = 0
    /// Pages in which every recipient has ended.
    package internal(set) var done = 0

    /// All pages of the campaign.
    package var total: Int { fresh + claimed + parked + done }

    subscript(state: PageState) -> Int {
        get {
            switch state {
            case .fresh: fresh
            case .claimed: claimed
            case .parked: parked
            case .done: done
            }
        }
        set {
            switch state {
            case .fresh: fresh = newValue
            case .claimed: claimed = newValue
            case .parked: parked = newValue
            case .done: done = newValue
            }
        }
    }
}
