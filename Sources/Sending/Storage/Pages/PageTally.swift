/// How many pages stand where.
package struct PageTally: Equatable, Sendable {
    package internal(set) var fresh = 0
    package internal(set) var claimed = 0
    package internal(set) var parked = 0
    package internal(set) var done = 0

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
