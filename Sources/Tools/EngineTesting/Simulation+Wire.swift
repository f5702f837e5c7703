import Engine
import Structures

/// What happens to requests between start and completion.
extension Simulation {
    /// Whether an attempt may start now; the models move on if so.
    func admit(_ campaign: SimulatedCampaign, _ place: SimulatedCampaign.Place) -> Bool {
        let model = campaign.models[place.page][place.index]
        func refuse(_ text: String) -> Bool {
            fail(
                "campaign \(campaign.index), page \(place.page), recipient \(place.index): \(text)")
            return false
        }
        guard model.status == .pending else {
            return refuse("it is sent while it is \(model.status.name)")
        }
        if model.hasBadHost { return refuse("it is sent though its URL is none") }
        if model.ineligibility != nil { return refuse("it is sent though it is not eligible") }
        if campaign.pages[place.page].allowed?.contains(place.index) == false {
            return refuse("it is sent though the page's allowance does not cover it")
        }
        if nowNanoseconds < model.notBeforeNanoseconds {
            return refuse(
                "it is sent \(model.notBeforeNanoseconds - nowNanoseconds) ns before its time")
        }
        if model.attempts >= campaign.setup.attemptsMax {
            return refuse("it is sent more often than its schedule allows")
        }
        if campaign.run?.bucket.take(nowNanoseconds: nowNanoseconds) != true {
            return refuse("it is sent beyond its campaign's rate")
        }
        if !process.sharedBucket.take(nowNanoseconds: nowNanoseconds) {
            return refuse("it is sent beyond the rate of all campaigns")
        }
        campaign.models[place.page][place.index].status = .inFlight
        campaign.models[place.page][place.index].attempts += 1
        campaign.run?.expected.attempts += 1
        statistics.starts += 1
        starts.append(campaign.index)
        return true
    }

    /// Puts a request on the wire and draws its fate.
    func send(_ wire: WireFlight) {
        let weather = scenario.weather
        let number = Int(wire.host.dropFirst().prefix { $0.isNumber }) ?? 0
        let isSlow = weather.slowHostEach > 0 && number % weather.slowHostEach == 0
        let latency = generator.draw(1...weather.latencyNanosecondsMax) * (isSlow ? 10 : 1)
        let fate = weather.drawFate(using: &generator)
        wire.result.requestLeft = true
        wire.result.wireAttempts = 1
        switch fate {
        case .accepted:
            wire.result.status = generator.pick([200, 201, 204])
            wire.willBeProcessed = true
        case .busy:
            wire.result.status = generator.pick([429, 503])
            if !generator.isOne(in: 3) {
                wire.result.retryAfterSeconds =
                    Int32(generator.draw(0...weather.retryAfterSecondsMax))
            }
        case .serverError: wire.result.status = 500
        case .gatewayError:
            wire.result.status = generator.pick([502, 504])
            wire.willBeProcessed = generator.isOne(in: 2)
        case .rejected: wire.result.status = generator.pick([301, 400, 404, 410])
        case .noConnection, .resetBefore:
            wire.result.requestLeft = false
            wire.result.failure =
                fate == .resetBefore
                ? .connectionLost : generator.pick([.connectFailed, .resolveFailed, .tlsFailed])
        case .lostOnTheWay: wire.result.failure = .connectionLost
        case .answerLost:
            wire.result.failure = .connectionLost
            wire.willBeProcessed = true
        case .timedOut: return timeOut(wire)
        case .addressRefused:
            wire.result.requestLeft = false
            wire.result.failure = .addressRefused
        }
        if wire.willBeProcessed {
            insert(.receipt(wire), at: nowNanoseconds + generator.draw(0...latency))
        }
        insert(.completion(wire), at: nowNanoseconds + latency)
    }

    private func timeOut(_ wire: WireFlight) {
        let timeout = scenario.weather.timeoutNanoseconds
        wire.result.failure = .timedOut
        wire.willBeProcessed = !generator.isOne(in: 3)
        if wire.willBeProcessed {
            insert(.receipt(wire), at: nowNanoseconds + generator.draw(0...3 * timeout))
        }
        insert(.completion(wire), at: nowNanoseconds + timeout)
    }

    /// A request reaches its receiver, who acts on it.
    func received(_ wire: WireFlight) {
        guard wire.willBeProcessed else { return }
        wire.willBeProcessed = false
        wire.campaign.models[wire.place.page][wire.place.index].processed += 1
    }

    /// The shard takes a completion.
    func completed(_ wire: WireFlight) {
        let campaign = wire.campaign
        let place = wire.place
        let before = campaign.models[place.page][place.index]
        guard before.status == .inFlight else {
            return fail("a completion of a delivery that is \(before.status.name)")
        }
        let verdict = provider.verdict(
            for: TransferCompletion(wire.result), guarantee: campaign.setup.guarantee)
        campaign.models[place.page][place.index].completed(
            verdict, campaign.setup, nowNanoseconds: nowNanoseconds)
        switch campaign.models[place.page][place.index].status {
        case .sent: campaign.run?.expected.sent += 1
        case .failed: campaign.run?.expected.failed += 1
        case .unknown: campaign.run?.expected.unknown += 1
        default: campaign.run?.expected.retries += 1
        }
    }
}
