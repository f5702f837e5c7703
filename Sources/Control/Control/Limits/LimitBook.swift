package import ControlDirectory
import Engine
import Foundation
import GRDB
import JSON
package import Pacing
import Runtime
import Structures

/// The limits in force: of apps, campaigns, providers and destination hosts.
///
/// A limit is one limiter that all its campaigns and shards take from; to change it changes that
/// limiter, so what is queued already obeys at once.
package final class LimitBook: Sendable {
    /// Which limit.
    package struct Key: Hashable, Sendable {
        package let app: AppRowID
        package let level: LimiterLevel
        /// The campaign's id, the provider's type, the host's URL; empty for the app.
        package let name: String

        package init(app: AppRowID, level: LimiterLevel, name: String) {
            self.app = app
            self.level = level
            self.name = name
        }

        /// Nil for a level that there is not.
        package init?(app: AppRowID, level: String, name: String) {
            guard let level = LimiterLevel(name: level) else { return nil }
            self.init(app: app, level: level, name: name)
        }
    }

    /// What a limit says.
    package struct Setting: Equatable, Sendable {
        package var rate: String
        package var burst: Int?
        package var inFlight: Int?

        package init(rate: String, burst: Int?, inFlight: Int?) {
            self.rate = rate
            self.burst = burst
            self.inFlight = inFlight
        }

        init(_ row: Row) {
            self.init(rate: row["rate"], burst: row["burst"], inFlight: row["in_flight"])
        }

        package static let unlimited = Setting(rate: "unlimited", burst: nil, inFlight: nil)
    }

    private struct Entry: Sendable {
        var setting: Setting
        var limiter: RateLimiter
        var inFlight: InFlightLimit
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var hosts: [AppRowID: HostLimits] = [:]
        var hostSettings: [Key: Setting] = [:]
    }

    private let state = Guarded(State())

    package init() {}

    // MARK: In force

    /// The limits that the sends of a campaign must pass.
    func chain(app: AppRowID, campaign: String, provider: String) -> LimiterChain {
        LimiterChain(
            [(LimiterLevel.app, ""), (.campaign, campaign), (.provider, provider)].map {
                let entry = entry(Key(app: app, level: $0.0, name: $0.1))
                return LimiterChain.Link($0.0, entry.limiter, inFlight: entry.inFlight)
            })
    }

    /// The limits of an app's destination hosts.
    func hosts(app: AppRowID) -> HostLimits {
        state.withLock { state in
            if let hosts = state.hosts[app] { return hosts }
            let hosts = HostLimits()
            state.hosts[app] = hosts
            return hosts
        }
    }

    private func entry(_ key: Key) -> Entry {
        state.withLock { state in
            if let entry = state.entries[key] { return entry }
            let entry = Entry(
                setting: .unlimited,
                limiter: RateLimiter(
                    .unlimited, nowNanoseconds: SystemClock.now.monotonicNanoseconds),
                inFlight: InFlightLimit(limit: InFlightLimit.unlimited))
            state.entries[key] = entry
            return entry
        }
    }

    /// Lets go of a campaign's limiter that limits nothing, when its run is over: there may be any
    /// number of campaigns.
    func drop(app: AppRowID, campaign: String) {
        let key = Key(app: app, level: .campaign, name: campaign)
        state.withLock { state in
            if state.entries[key]?.setting == .unlimited { state.entries[key] = nil }
        }
    }

    /// How many limiters are held, those of hosts apart.
    package var count: Int { state.withLock { $0.entries.count } }

    /// The lowest of the rates that a campaign's sends must pass.
    ///
    /// - Returns: As it was written, and in sends a second; nil when there is no limit.
    func slowest(
        app: AppRowID, campaign: String, provider: String
    ) -> (rate: String, perSecond: Double?) {
        let names = [(LimiterLevel.app, ""), (.campaign, campaign), (.provider, provider)]
        let rates = names.compactMap { level, name -> (String, Double)? in
            let setting = setting(Key(app: app, level: level, name: name))
            guard let limit = try? RateLimit(parsing: setting.rate, burst: setting.burst),
                !limit.isUnlimited
            else { return nil }
            return (setting.rate, limit.perSecond)
        }
        guard let slowest = rates.min(by: { $0.1 < $1.1 }) else { return ("unlimited", nil) }
        return slowest
    }

    /// What a limit says now; unlimited when nobody has set it.
    package func setting(_ key: Key) -> Setting {
        state.withLock { state in
            key.level == .host
                ? state.hostSettings[key] ?? .unlimited : state.entries[key]?.setting ?? .unlimited
        }
    }

    /// Puts a limit in force.
    ///
    /// - Throws: `PacingError` for a rate or burst that cannot be.
    package func set(_ key: Key, _ setting: Setting, debtNanoseconds: Int64 = 0) throws {
        let rate = try RateLimit(parsing: setting.rate, burst: setting.burst)
        let now = SystemClock.now.monotonicNanoseconds
        if key.level == .host {
            hosts(app: key.app).set(
                url: key.name, rate: rate,
                inFlightMax: setting.inFlight ?? InFlightLimit.unlimited, nowNanoseconds: now,
                debtNanoseconds: debtNanoseconds)
            state.withLock { $0.hostSettings[key] = setting }
            return
        }
        if debtNanoseconds > 0 {
            state.withLock { state in
                state.entries[key] = Entry(
                    setting: setting,
                    limiter: RateLimiter(
                        rate, nowNanoseconds: now, debtNanoseconds: debtNanoseconds),
                    inFlight: InFlightLimit(limit: setting.inFlight ?? InFlightLimit.unlimited))
            }
            return
        }
        let entry = entry(key)
        entry.limiter.set(rate, nowNanoseconds: now)
        entry.inFlight.limit = setting.inFlight ?? InFlightLimit.unlimited
        state.withLock { $0.entries[key]?.setting = setting }
    }

    /// Puts in force what is stored of an app, and lifts what is not stored any more.
    func refresh(_ app: AppRowID, _ db: Database) throws {
        var stored: [Key: Setting] = [:]
        for row in try Row.fetchAll(
            db, sql: "SELECT * FROM send_limit WHERE app = ?", arguments: [app])
        {
            guard let level = LimiterLevel(name: row["level"]) else { continue }
            stored[Key(app: app, level: level, name: row["name"])] = Setting(row)
        }
        let known = state.withLock { state in
            Array(state.entries.keys) + Array(state.hostSettings.keys)
        }
        for key in Set(known).union(stored.keys) where key.app == app {
            let setting = stored[key] ?? .unlimited
            if self.setting(key) != setting { try set(key, setting) }
        }
    }

    /// Puts in force what is stored of one campaign's own limit, or lifts it.
    func refresh(app: AppRowID, campaign: String, _ db: Database) throws {
        let key = Key(app: app, level: .campaign, name: campaign)
        let stored = try Limits.stored(key, db)
        if setting(key) != stored { try set(key, stored) }
    }

    // MARK: Over a restart

    /// Puts what is stored in force; called before anything is sent.
    func load(_ db: Database, now: Timestamp) throws {
        for row in try Row.fetchAll(db, sql: "SELECT * FROM send_limit") {
            guard let level = LimiterLevel(name: row["level"]) else { continue }
            let passed = (now.milliseconds - (row["saved_at"] as Int64)) * 1_000_000
            let debt = max(0, (row["debt"] as Int64) - max(0, passed))
            try set(
                Key(app: row["app"], level: level, name: row["name"]),
                Setting(row), debtNanoseconds: debt)
        }
    }

    /// Writes how far each limit is ahead of its rate, so that a restart gives no burst away.
    func save(_ db: Database, now: Timestamp) throws {
        for (key, debt) in debts() {
            try db.execute(
                sql: """
                    UPDATE send_limit SET debt = ?, saved_at = ?
                    WHERE app = ? AND level = ? AND name = ?
                    """,
                arguments: [debt, now, key.app, key.level.description, key.name])
        }
    }

    /// Hosts whose state one save writes.
    ///
    /// Those that are furthest ahead, so that a save stays short with however many hosts; the
    /// others catch up soonest.
    private static let hostDebtsMax = 1_000

    /// How far each limit is ahead of its rate, where it is.
    private func debts() -> [(Key, Int64)] {
        let monotonic = SystemClock.now.monotonicNanoseconds
        let limiters = limiters
        func debts(_ isHost: Bool) -> [(Key, Int64)] {
            limiters.filter { ($0.0.level == .host) == isHost }.map { key, limiter in
                (key, limiter.debtNanoseconds(nowNanoseconds: monotonic))
            }.filter { $0.1 > 0 }
        }
        return debts(false) + debts(true).sorted { $0.1 > $1.1 }.prefix(Self.hostDebtsMax)
    }

    /// The limiters of what has a rate.
    private var limiters: [(Key, RateLimiter)] {
        let (entries, hosts, settings) = state.withLock { state in
            (state.entries, state.hosts, state.hostSettings)
        }
        var limiters = entries.map { ($0.key, $0.value.limiter) }
        for (key, setting) in settings where setting.rate != Setting.unlimited.rate {
            guard let host = hosts[key.app]?.entry(url: key.name) else { continue }
            limiters.append((key, host.limiter))
        }
        return limiters.filter { !$0.1.limit.isUnlimited }
    }

    /// Whether a limit is in use whose state would be lost.
    var hasDebts: Bool {
        let monotonic = SystemClock.now.monotonicNanoseconds
        return limiters.contains { $0.1.debtNanoseconds(nowNanoseconds: monotonic) > 0 }
    }
}

extension LimiterLevel {
    /// The level of that name.
    package init?(name: String) {
        guard let level = LimiterLevel.allCases.first(where: { $0.description == name }) else {
            return nil
        }
        self = level
    }
}
