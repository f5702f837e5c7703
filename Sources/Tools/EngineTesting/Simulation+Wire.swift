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

    /// Draws what becomes of a request, and lets its receiver have it if that is part of it.
    func send(_ attempt: WireAttempt) -> WireFate {
        let weather = scenario.weather
        let number = Int(attempt.host.dropFirst().prefix { $0.isNumber }) ?? 0
        let isSlow = weather.slowHostEach > 0 && number % weather.slowHostEach == 0
        let latency = generator.draw(1...weather.latencyNanosecondsMax) * (isSlow ? 10 : 1)
        let fate = weather.drawFate(using: &generator)
        var answer: WireAnswer?
        var failure = TransferFailure.connectionLost
        var requestLeft = true
        switch fate {
        case .accepted:
            answer = WireAnswer(generator.pick([200, 201, 204]))
            attempt.willBeProcessed = true
        case .busy: answer = drawBusyAnswer(weather)
        case .serverError: answer = WireAnswer(500)
        case .gatewayError:
            answer = WireAnswer(generator.pick([502, 504]))
            attempt.willBeProcessed = generator.isOne(in: 2)
        case .rejected: answer = WireAnswer(generator.pick([301, 400, 404, 410]))
        case .noConnection:
            failure = generator.pick([.connectFailed, .resolveFailed, .tlsFailed])
            requestLeft = false
        case .resetBefore: requestLeft = false
        case .lostOnTheWay: break
        case .answerLost: attempt.willBeProcessed = true
        case .timedOut:
            attempt.willBeProcessed = !generator.isOne(in: 3)
            receive(attempt, withinNanoseconds: 3 * weather.timeoutNanoseconds)
            return .silence
        case .addressRefused:
            failure = .addressRefused
            requestLeft = false
        }
        receive(attempt, withinNanoseconds: latency)
        if let answer { return .answer(answer, afterNanoseconds: latency) }
        return .failure(failure, requestLeft: requestLeft, afterNanoseconds: latency)
    }

    private func drawBusyAnswer(_ weather: Weather) -> WireAnswer {
        let status: UInt16 = generator.pick([429, 503])
        if generator.isOne(in: 3) { return WireAnswer(status) }
        let seconds = generator.draw(0...weather.retryAfterSecondsMax)
        return WireAnswer(status, fields: [HeaderField("Retry-After", "\(seconds)")])
    }

    /// Lets an attempt that will be processed arrive within some time.
    private func receive(_ attempt: WireAttempt, withinNanoseconds nanoseconds: Int64) {
        guard attempt.willBeProcessed else { return }
        insert(.receipt(attempt), at: nowNanoseconds + generator.draw(0...nanoseconds))
    }

    /// A request reaches its receiver, who acts on it.
    func received(_ attempt: WireAttempt) {
        guard attempt.willBeProcessed else { return }
        attempt.willBeProcessed = false
        attempt.campaign.models[attempt.place.page][attempt.place.index].processed += 1
    }

    /// The shard takes the completion of an attempt.
    func completed(_ attempt: WireAttempt) {
        let campaign = attempt.campaign
        let place = attempt.place
        let before = campaign.models[place.page][place.index]
        guard before.status == .inFlight else {
            return fail("a completion of a delivery that is \(before.status.name)")
        }
        let verdict = provider.verdict(
            for: TransferCompletion(attempt.flight.result), guarantee: campaign.setup.guarantee)
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
