import Pacing

/// What the limits let through for a batch of sends of one campaign.
struct SendGrant: BitwiseCopyable {
    var count: Int
    /// What made it less than what was wanted.
    var cause = BindingCause.none
    /// When it is worth asking again, if it was less.
    var nextLookNanoseconds: Int64?
    /// The bounds of the campaign's chain that each send holds a place of.
    var places: LimiterChain.Places = 0
    /// The same of the campaign's own host; `nil` when no tokens were taken from its limits.
    var hostPlaces: LimiterChain.Places?
}

/// Rates and bounds on what is under way, of campaigns and of hosts.
extension Shard {
    /// Takes what the limits of a campaign let through, and those of its host if it has but one.
    func take(
        upTo count: Int, _ run: UnsafeMutablePointer<SendRun>, _ now: Moment
    ) -> SendGrant {
        let nanoseconds = now.monotonicNanoseconds
        let taken = unsafe run.pointee.limiters.take(
            upTo: count, taker: number, nowNanoseconds: nanoseconds)
        var grant = SendGrant(count: taken.count, places: taken.places)
        if let level = taken.boundBy {
            grant.cause = BindingCause(level, isInFlight: taken.isInFlight)
            grant.nextLookNanoseconds =
                taken.isInFlight
                ? nanoseconds + EngineLimits.placePollNanoseconds
                : unsafe nanoseconds
                    + run.pointee.limiters.nextBatchNanoseconds(nowNanoseconds: nanoseconds)
        }
        let host = unsafe run.pointee.host
        if grant.count > 0, host != .none, hosts[host].isLimited {
            unsafe takeFromHost(host, &grant, run, now)
        }
        return grant
    }

    private func takeFromHost(
        _ host: HostTable.Index, _ grant: inout SendGrant,
        _ run: UnsafeMutablePointer<SendRun>, _ now: Moment
    ) {
        let nanoseconds = now.monotonicNanoseconds
        let taken = hosts.take(
            upTo: grant.count, of: host, taker: number, nowNanoseconds: nanoseconds)
        grant.hostPlaces = taken.places
        guard taken.count < grant.count else { return }
        unsafe run.pointee.limiters.giveBack(
            grant.count - taken.count, places: grant.places, takenAtNanoseconds: nanoseconds,
            nowNanoseconds: nanoseconds)
        grant.count = taken.count
        grant.cause = BindingCause(.host, isInFlight: taken.isInFlight)
        unsafe holdBack(host, run, grant.cause)
        grant.nextLookNanoseconds = nextLook(at: host, taken, nanoseconds)
    }

    private func nextLook(
        at host: HostTable.Index, _ refusal: LimiterChain.Grant, _ nowNanoseconds: Int64
    ) -> Int64 {
        refusal.isInFlight
            ? nowNanoseconds + EngineLimits.placePollNanoseconds
            : hosts.nextLook(host, nowNanoseconds: nowNanoseconds)
    }

    /// Gives back what a batch did not use.
    func giveBack(
        _ count: Int, _ grant: SendGrant, _ run: UnsafeMutablePointer<SendRun>, _ now: Moment
    ) {
        let nanoseconds = now.monotonicNanoseconds
        unsafe run.pointee.limiters.giveBack(
            count, places: grant.places, takenAtNanoseconds: nanoseconds,
            nowNanoseconds: nanoseconds)
        if let hostPlaces = grant.hostPlaces {
            unsafe hosts.giveBack(
                count, places: hostPlaces, of: run.pointee.host, nowNanoseconds: nanoseconds)
        }
    }

    /// Asks the gate of a send's host: its connections, and its limits unless the batch had their
    /// tokens already.
    ///
    /// - Returns: The places of the host's limits that the send holds; `nil` when it has to wait.
    @inline(__always)
    mutating func passGate(
        _ gate: HostTable.Index, _ run: UnsafeMutablePointer<SendRun>, _ grant: SendGrant,
        _ now: Moment
    ) -> LimiterChain.Places? {
        if unsafe hosts[gate].inFlight >= run.pointee.share.perHostMax {
            unsafe holdBack(gate, run, .hostConnections)
            return nil
        }
        if let hostPlaces = grant.hostPlaces { return hostPlaces }
        guard hosts[gate].isLimited else { return 0 }
        return unsafe passLimits(gate, run, now)
    }

    private mutating func passLimits(
        _ gate: HostTable.Index, _ run: UnsafeMutablePointer<SendRun>, _ now: Moment
    ) -> LimiterChain.Places? {
        let nanoseconds = now.monotonicNanoseconds
        let taken = hosts.take(upTo: 1, of: gate, taker: number, nowNanoseconds: nanoseconds)
        if taken.count == 1 { return taken.places }
        unsafe holdBack(gate, run, BindingCause(.host, isInFlight: taken.isInFlight))
        hosts.throttle(gate, untilNanoseconds: nextLook(at: gate, taken, nanoseconds))
        return nil
    }

    /// Notes that a host has held a send of a campaign back, and why.
    func holdBack(
        _ gate: HostTable.Index, _ run: UnsafeMutablePointer<SendRun>, _ cause: BindingCause
    ) {
        unsafe run.pointee.hostCause = cause
        unsafe run.pointee.hostVote.add(hosts[gate].hash ^ run.pointee.hostSalt)
    }

    /// Looks the limits of hosts up again where they have changed.
    mutating func refreshHostLimits() {
        for index in activeRuns {
            let run = unsafe runs[index]
            guard unsafe run.pointee.hostLimits?.refresh() == true,
                let limits = unsafe run.pointee.hostLimits
            else { continue }
            hosts.refresh(limits)
        }
    }

    /// Gives up what is on the wire, when the transport has been closed: the places that it holds
    /// in bounds that outlive the shard are free again.
    package mutating func abandonFlights() {
        for number in 0..<flights.capacity {
            let flight = unsafe flights[FlightID(UInt32(number))]
            let places = unsafe flight.pointee.places
            if places != 0 {
                let page = unsafe pages[flight.pointee.recipient.slot]
                unsafe runs[page.pointee.campaign].pointee.limiters.release(places)
                unsafe flight.pointee.places = 0
            }
            let hostPlaces = unsafe flight.pointee.hostPlaces
            guard hostPlaces != 0 else { continue }
            unsafe hosts.release(hostPlaces, of: flight.pointee.host)
            unsafe flight.pointee.hostPlaces = 0
        }
    }
}
