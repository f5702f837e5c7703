import Engine
import Pacing
import Structures

/// A shard's transport in the simulated world: checks that every call is legal, and lets the
/// weather decide what becomes of a request.
final class SimulatedTransport: Transport {
    unowned let simulation: Simulation
    let process: SimulatedProcess
    let shard: Int
    /// What is on the wire, by the number of the flight.
    private(set) var flights: [FlightID: WireFlight] = [:]
    private var targets: [TargetID: SimulatedCampaign] = [:]
    private var targetsMade: UInt16 = 0
    private var inFlight: [TargetID: Int] = [:]
    private var inFlightToHost: [String: Int] = [:]
    private var finished: [WireFlight] = []

    init(_ simulation: Simulation, _ process: SimulatedProcess, shard: Int) {
        self.simulation = simulation
        self.process = process
        self.shard = shard
    }

    // MARK: Transport

    func prepare(_ target: TargetSpecification) throws(TransportError) -> TargetID {
        guard
            let campaign = simulation.campaigns.first(where: {
                $0.target.fields == target.fields
            })
        else { throw TransportError(field: "header", message: "no such campaign") }
        targetsMade += 1
        let id = TargetID(targetsMade)
        targets[id] = campaign
        return id
    }

    func release(_ target: TargetID) {
        guard !process.isDead else { return }
        if targets.removeValue(forKey: target) == nil {
            simulation.fail("shard \(shard) releases a target that it does not have")
        }
        if inFlight.removeValue(forKey: target) ?? 0 > 0 {
            simulation.fail("shard \(shard) releases a target with requests on the wire")
        }
    }

    func start(_ flight: FlightID, _ request: TransferRequest) {
        guard !process.isDead else { return }
        process.effects += 1
        guard let wire = admit(flight, request) else { return }
        // The process may die when the record says "in flight" and the request is still here.
        guard simulation.step(process) else { return }
        flights[flight] = wire
        inFlight[request.target, default: 0] += 1
        inFlightToHost[wire.host, default: 0] += 1
        simulation.send(wire)
        _ = simulation.step(process)
    }

    func nextCompletion() -> TransferCompletion? {
        guard !finished.isEmpty, simulation.step(process) else { return nil }
        let wire = finished.removeFirst()
        process.effects += 1
        flights[wire.id] = nil
        inFlightToHost[wire.host, default: 0] -= 1
        for (target, campaign) in targets where campaign === wire.campaign {
            inFlight[target, default: 0] -= 1
        }
        if !wire.request.isUnchanged {
            simulation.fail("the bytes of a request changed while it was on the wire")
        }
        simulation.completed(wire)
        return TransferCompletion(wire.result)
    }

    /// The answer, or the lack of one, has reached the transport.
    func finish(_ wire: WireFlight) { finished.append(wire) }

    // MARK: Checks

    private func admit(_ flight: FlightID, _ request: TransferRequest) -> WireFlight? {
        guard let campaign = targets[request.target], let run = campaign.run else {
            return fail("a request to a target that is not prepared")
        }
        if flights[flight] != nil { return fail("flight \(flight.rawValue) was started twice") }
        if flights.count >= simulation.scenario.flightsMax {
            return fail("more requests than the shard may have")
        }
        if inFlight[request.target, default: 0] >= campaign.setup.share.inFlightMax {
            return fail("more requests of a campaign than its share")
        }
        if run.plan.control.isDraining { return fail("a request of a campaign that is stopped") }
        let parts: WireRequest
        do throws(WireRequest.Malformed) {
            parts = try WireRequest(
                request, fieldCount: run.plan.target.requestFieldNames.count)
        } catch {
            return fail(error.text)
        }
        guard let place = place(parts, campaign) else { return nil }
        guard let host = host(parts, campaign) else { return nil }
        if inFlightToHost[host, default: 0] >= campaign.setup.share.perHostMax {
            return fail("more requests to \(host) than the campaign's share")
        }
        let expected = Array("{\"to\":\"\(campaign.recipientID(place))\"}".utf8)
        if !parts.body.elementsEqual(expected) { return fail("another recipient's body") }
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
        return WireFlight(
            id: flight, campaign: campaign, place: place, host: host, request: parts,
            transport: self)
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
    private func host(_ request: WireRequest, _ campaign: SimulatedCampaign) -> String? {
        guard let url = request.url ?? campaign.target.url, url.hasPrefix("http://"),
            url.hasSuffix("/hook"), !url.contains(" ")
        else { return fail("a URL that is none") }
        return String(url.dropFirst(7).dropLast(5))
    }

    private func fail<Value>(_ message: String) -> Value? {
        simulation.fail("shard \(shard): \(message)")
        return nil
    }
}
