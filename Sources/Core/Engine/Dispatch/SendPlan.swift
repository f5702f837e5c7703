package import Jinja
package import Pacing

/// All that shards need to know to run a send of a campaign: fixed at its start, shared by all of
/// them.
package final class SendPlan: Sendable {
    /// The campaign.
    package let id: CampaignID
    /// Which of the campaign's sends it is.
    package let send: SendNumber
    package let message: MessageTemplates
    package let target: TargetSpecification
    /// One indirect call per answer: some nanoseconds beside a request of many microseconds.
    package let provider: any Provider
    package let guarantee: DeliveryGuarantee
    package let retries: RetrySchedule
    /// The limits a send must pass, widest first.
    ///
    /// Their rates may change while the campaign runs.
    package let limiters: LimiterChain
    package let control: SendSwitch
    /// Who is asked about each recipient before a request is made; `nil` when everybody may be sent
    /// to.
    package let eligibility: EligibilityCheck?
    /// What holds for single hosts, whichever campaign sends to them; `nil` for no such limits.
    package let hostLimits: HostLimits?

    package init(
        id: CampaignID, send: SendNumber = .first, message: MessageTemplates,
        target: TargetSpecification, provider: any Provider, guarantee: DeliveryGuarantee,
        retries: RetrySchedule, limiters: LimiterChain, control: SendSwitch,
        eligibility: EligibilityCheck? = nil, hostLimits: HostLimits? = nil
    ) {
        self.id = id
        self.send = send
        self.message = message
        self.target = target
        self.provider = provider
        self.guarantee = guarantee
        self.retries = retries
        self.limiters = limiters
        self.control = control
        self.eligibility = eligibility
        self.hostLimits = hostLimits
    }
}

/// The templates of a request.
package struct MessageTemplates: Sendable {
    /// A header whose value is a template.
    package struct Header: Sendable {
        /// `Name: ` as bytes.
        package let prefix: [UInt8]
        package let value: Template

        package init(name: String, value: Template) {
            prefix = Array("\(name): ".utf8)
            self.value = value
        }
    }

    /// `nil` when the URL is the target's own.
    package var url: Template?
    package var headers: [Header]
    package var body: Template
    /// Columns of the audience and the user id: what a render is given.
    package var slotCount: Int

    package init(url: Template?, headers: [Header], body: Template, slotCount: Int) {
        self.url = url
        self.headers = headers
        self.body = body
        self.slotCount = slotCount
    }
}

/// What a shard may use of a campaign's own bounds.
package struct SendShare: Sendable {
    /// Requests on the wire.
    package var inFlightMax: Int
    /// Requests on the wire to one host: each needs a connection over HTTP/1.1.
    package var perHostMax: Int

    package init(inFlightMax: Int, perHostMax: Int) {
        self.inFlightMax = inFlightMax
        self.perHostMax = perHostMax
    }
}
