/// An attempt to reach a recipient, on its way: what the world knows of a flight.
final class WireAttempt {
    let flight: WireFlight
    let campaign: SimulatedCampaign
    let place: SimulatedCampaign.Place
    let host: String
    /// Whether the receiver will act on it, and has not yet.
    var willBeProcessed = false

    init(
        _ flight: WireFlight, _ campaign: SimulatedCampaign, _ place: SimulatedCampaign.Place,
        host: String
    ) {
        self.flight = flight
        self.campaign = campaign
        self.place = place
        self.host = host
    }
}
