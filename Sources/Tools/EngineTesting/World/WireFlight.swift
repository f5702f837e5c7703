import Engine

/// A request in the simulated network.
final class WireFlight {
    let id: FlightID
    let campaign: SimulatedCampaign
    let place: SimulatedCampaign.Place
    let host: String
    let request: WireRequest
    let transport: SimulatedTransport
    /// What the completion will say.
    var result: TransferResult
    /// Whether the receiver will act on it, and has not yet.
    var willBeProcessed = false

    init(
        id: FlightID, campaign: SimulatedCampaign, place: SimulatedCampaign.Place, host: String,
        request: WireRequest, transport: SimulatedTransport
    ) {
        self.id = id
        self.campaign = campaign
        self.place = place
        self.host = host
        self.request = request
        self.transport = transport
        result = TransferResult(
            flight: id, status: 0, failure: .none, transportCode: 0, requestLeft: false,
            wireAttempts: 0, retryAfterSeconds: -1)
    }
}
