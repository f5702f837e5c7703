package import Engine
import Structures

/// One app's messages of a calendar month: what it may send, has sent, and has set aside.
///
/// A page's recipients are reserved before its first send; when the page comes back, what was sent,
/// or may have been (`PageSum.consumed`), is used and the rest is given back; also when its store
/// has failed and the page's records wait to be written. Reserved and used together never exceed
/// the limit, so neither do the messages that arrive, whatever dies when: a page is handed out only
/// with its reservation, and what a dead process had used is counted from the records before
/// anything is reserved anew.
package final class QuotaAccount: Sendable {
    /// What a reservation came to.
    package enum Grant: Equatable, Sendable {
        /// So many were reserved: at least one, or none for who holds messages.
        case granted(Int)
        /// Others hold all that is left, and may give some back.
        case wait
        /// All is used.
        case exhausted
    }

    /// A month's figures.
    package struct Figures: Equatable, Sendable {
        package var limit: Int
        package var used = 0
        package var reserved = 0

        package var left: Int { max(0, limit - used - reserved) }
    }

    private struct State {
        var limit: Int
        var months: [String: Figures] = [:]
        /// By campaign, what is used and in no file yet; see `addUnwritten`.
        var unwritten: [CampaignID: Int] = [:]
    }

    // Guards the shards' one store thread, which takes it once a page, against views and changes.
    private let state: Guarded<State>

    package init(limit: Int) { state = Guarded(State(limit: limit)) }

    /// Reserves up to `count` messages of a month.
    ///
    /// Who holds messages that are used already may go on with these when nothing is left. Not so
    /// when more is used than there is: after a power loss more is counted than can have been sent,
    /// and a limit may be lowered.
    package func reserve(upTo count: Int, holding: Int = 0, month: String) -> Grant {
        state.withLock { state in
            let limit = state.limit
            let figures = state.months[month] ?? Figures(limit: limit)
            let left = limit - figures.used - figures.reserved
            let granted = min(count, left)
            guard granted > 0 || holding > 0 && left >= 0 else {
                return figures.used >= limit ? .exhausted : .wait
            }
            state.months[month, default: Figures(limit: limit)].reserved += granted
            return .granted(granted)
        }
    }

    /// Ends a reservation: `used` of it were sent.
    package func settle(reserved: Int, used: Int, month: String) {
        state.withLock { state in
            var figures = state.months[month] ?? Figures(limit: state.limit)
            figures.reserved -= reserved
            figures.used += used
            state.months[month] = figures
        }
    }

    /// Counts what an earlier process had used.
    package func add(used: Int, month: String) { settle(reserved: 0, used: used, month: month) }

    /// Notes that so many of the messages that were settled as used are not in the campaign's file,
    /// because its store has failed: they are written, and settled, once more later.
    package func addUnwritten(_ count: Int, of campaign: CampaignID) {
        guard count > 0 else { return }
        state.withLock { $0.unwritten[campaign, default: 0] += count }
    }

    /// Takes back up to `count` of what `addUnwritten` has noted.
    ///
    /// - Returns: How many; they are used already.
    package func takeUnwritten(upTo count: Int, of campaign: CampaignID) -> Int {
        state.withLock { state in
            guard let unwritten = state.unwritten[campaign] else { return 0 }
            let taken = min(max(0, count), unwritten)
            state.unwritten[campaign] = taken == unwritten ? nil : unwritten - taken
            return taken
        }
    }

    /// Forgets what `addUnwritten` has noted of a campaign that is removed; it stays used.
    package func forgetUnwritten(of campaign: CampaignID) {
        state.withLock { $0.unwritten[campaign] = nil }
    }

    /// Changes the limit, for this month too.
    package func setLimit(_ limit: Int) { state.withLock { $0.limit = limit } }

    package func figures(month: String) -> Figures {
        state.withLock { state in
            var figures = state.months[month] ?? Figures(limit: state.limit)
            figures.limit = state.limit
            return figures
        }
    }
}
