import Engine
import Pacing

/// The world that a shard's transport is connected to: admits what the dispatcher may send, lets
/// the weather decide what becomes of it, and lets the process die between two calls.
///
/// A dead process admits nothing, is handed nothing and breaks no rule.
final class WeatherPeer: SimulatedPeer {
    unowned let simulation: Simulation
    let process: SimulatedProcess
    let shard: Int
    /// What is on the wire, by the number of the flight.
    private(set) var attempts: [FlightID: WireAttempt] = [:]

    init(_ simulation: Simulation, _ process: SimulatedProcess, shard: Int) {
        self.simulation = simulation
        self.process = process
        self.shard = shard
    }

    // MARK: SimulatedPeer

    func admits(_ flight: WireFlight) -> Bool {
        guard !process.isDead else { return false }
        process.effects += 1
        guard let attempt = check(flight) else { return false }
        // The process may die when the record says "in flight" and the request is still here.
        guard simulation.step(process) else { return false }
        attempts[flight.id] = attempt
        return true
    }

    func receive(_ flight: WireFlight) -> WireFate {
        guard let attempt = attempts[flight.id] else {
            preconditionFailure("A request was sent that was not admitted.")
        }
        return simulation.send(attempt)
    }

    func schedule(_ flight: WireFlight, afterNanoseconds nanoseconds: Int64) {
        simulation.insert(.end(flight, self), at: simulation.nowNanoseconds + nanoseconds)
        _ = simulation.step(process)
    }

    func handsOut(_ flight: WireFlight) -> Bool {
        guard simulation.step(process) else { return false }
        process.effects += 1
        guard let attempt = attempts.removeValue(forKey: flight.id) else {
            preconditionFailure("A flight ended that was not admitted.")
        }
        simulation.completed(attempt)
        return true
    }

    func released(flights: Int) {
        if flights > 0 { report(misuse: "a target is released with requests on the wire") }
    }

    func report(misuse: String) {
        if !process.isDead { simulation.fail("shard \(shard): \(misuse)") }
    }

    // MARK: Checks

    private func check(_ flight: WireFlight) -> WireAttempt? {
        let campaign = simulation.campaigns.first {
            $0.target.fields == flight.specification.fields
        }
        guard let campaign, let run = campaign.run else {
            return fail("a request of a campaign that does not run")
        }
        if attempts.count >= simulation.scenario.flightsMax {
            return fail("more requests than the shard may have")
        }
        let share = campaign.setup.share
        if attempts.values.count(where: { $0.campaign === campaign }) >= share.inFlightMax {
            return fail("more requests of a campaign than its share")
        }
        if run.plan.control.isDraining { return fail("a request of a campaign that is stopped") }
        guard flight.request.isOfLikelySize else {
            return fail("a request with a part of no likely length")
        }
        guard let place = place(flight.request, campaign) else { return nil }
        guard let host = host(flight) else { return nil }
        if attempts.values.count(where: { $0.host == host }) >= share.perHostMax {
            return fail("more requests to \(host) than the campaign's share")
        }
        let expected = Array("{\"to\":\"\(campaign.recipientID(place))\"}".utf8)
        if flight.request.body != expected { return fail("another recipient's body") }
        guard simulation.admit(campaign, place) else { return nil }
        if process.hostBuckets[host]?.take(nowNanoseconds: simulation.nowNanoseconds) == false {
            return fail("a request to \(host) beyond its rate")
        }
        // This one is not among them yet.
        if process.inFlight() >= process.sharedInFlight.limit {
            return fail("more requests than all campaigns may have")
        }
        let entry = process.hostLimits.entry(url: "http://\(host)/")
        if let entry, process.inFlight(to: host) >= entry.inFlight.limit {
            return fail("more requests to \(host) than it may have")
        }
        return WireAttempt(flight, campaign, place, host: host)
    }

    /// The recipient that the idempotency key names.
    private func place(
        _ request: WireRequest, _ campaign: SimulatedCampaign
    ) -> SimulatedCampaign.Place? {
        let key = request.fields[0]
        guard key.starts(with: campaign.keyPrefix) else {
            return fail("a key that is not the campaign's")
        }
        let rest = key.dropFirst(campaign.keyPrefix.count)
        let digits = rest.dropLast(campaign.keySuffix.count)
        guard rest.elementsEqual(digits + campaign.keySuffix),
            let number = UInt64(String(decoding: digits, as: UTF8.self))
        else { return fail("a key that is malformed, or another send's") }
        guard let place = campaign.places[number] else {
            return fail("a key of a recipient that does not exist")
        }
        return place
    }

    /// The host that the request goes to.
    private func host(_ flight: WireFlight) -> String? {
        let url = flight.url
        guard url.hasPrefix("http://"), url.hasSuffix("/hook"), !url.contains(" ") else {
            return fail("a URL that is none")
        }
        return String(url.dropFirst(7).dropLast(5))
    }

    private func fail<Value>(_ message: String) -> Value? {
        simulation.fail("shard \(shard): \(message)")
        return nil
    }
}
