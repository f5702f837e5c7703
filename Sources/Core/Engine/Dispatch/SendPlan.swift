package import Jinja
package import Pacing

/// All that shards need to know to run a send of a campaign: fixed at its start, shared by all of
/// them.
package final class SendPlan: Sendable {
    /// The campaign.
    package let id: CampaignID
    /// Which of the campaign's sends it is.
    package let send: SendNumber
    /// What is rendered for each recipient.
    package let message: MessageTemplates
    /// The destination, with the fields that the message and the provider bring.
    package let target: TargetSpecification
    /// What the campaign's messages need and what answers mean.
    ///
    /// One indirect call per answer: some nanoseconds beside a request of many microseconds.
    package let provider: any Provider
    /// What becomes of requests whose outcome nobody saw.
    package let guarantee: DeliveryGuarantee
    /// When and how often a delivery is tried again.
    package let retries: RetrySchedule
    /// The limits a send must pass, widest first.
    ///
    /// Their rates may change while the campaign runs.
    package let limiters: LimiterChain
    /// Stops the sends, and lets them go on.
    package let control: SendSwitch
    /// Who is asked about each recipient before a request is made; `nil` when everybody may be sent
    /// to.
    package let eligibility: EligibilityCheck?
    /// What holds for single hosts, whichever campaign sends to them; `nil` for no such limits.
    package let hostLimits: HostLimits?

    /// Joins what shards need to know.
    ///
    /// - Parameters:
    ///   - id: The campaign.
    ///   - send: Which of its sends.
    ///   - message: The bound templates.
    ///   - target: The destination; which fields its requests bring and what is kept of answers is
    ///     set here, by the message and the provider.
    ///   - provider: What the destination wants and what its answers mean.
    ///   - guarantee: What becomes of requests whose outcome nobody saw.
    ///   - retries: How often and when a delivery is tried again.
    ///   - limiters: The limits that a send must pass.
    ///   - control: What stops it.
    ///   - eligibility: Who is asked about each recipient.
    ///   - hostLimits: The limits of destination hosts.
    package init(
        id: CampaignID, send: SendNumber = .first, message: MessageTemplates,
        target: TargetSpecification, provider: any Provider, guarantee: DeliveryGuarantee,
        retries: RetrySchedule, limiters: LimiterChain, control: SendSwitch,
        eligibility: EligibilityCheck? = nil, hostLimits: HostLimits? = nil
    ) {
        self.id = id
        self.send = send
        self.message = message
        let requirements = provider.requirements
        var target = target
        target.requestFieldNames =
            (requirements.keyFieldName.map { [$0] } ?? []) + message.headers.map(\.name)
            + requirements.fieldNames
        target.answer = requirements.answer
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
        package let name: String
        /// The template of the value.
        package let value: Template
        /// What is left for the value of a line of `EngineLimits.headerLineBytesMax`.
        let valueBytesMax: Int

        /// Joins a name and the template of its value.
        package init(name: String, value: Template) {
            self.name = name
            self.value = value
            valueBytesMax = EngineLimits.headerLineBytesMax - name.utf8.count - 2
        }
    }

    /// `nil` when the URL is the target's own.
    package var url: Template?
    /// Headers with a template of their own, `EngineLimits.templatedHeadersMax` at the most.
    package var headers: [Header]
    /// The template of the body.
    package var body: Template
    /// What the provider's preparer needs to know of each recipient, in the order that the provider
    /// says; not sent.
    package var inputs: [Template]
    /// Columns of the audience and the user id: what a render is given.
    package var slotCount: Int

    /// Joins the templates of a request.
    package init(
        url: Template?, headers: [Header], body: Template, inputs: [Template] = [], slotCount: Int
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.inputs = inputs
        self.slotCount = slotCount
    }
}

/// What a shard may use of a campaign's own bounds.
package struct SendShare: Sendable {
    /// Requests on the wire.
    package var inFlightMax: Int
    /// Requests on the wire to one host.
    package var perHostMax: Int
    /// What each of those takes up.
    package var perHostUnit: HostBoundUnit

    /// Bounds what is on the wire.
    package init(
        inFlightMax: Int, perHostMax: Int, perHostUnit: HostBoundUnit = .connections
    ) {
        self.inFlightMax = inFlightMax
        self.perHostMax = perHostMax
        self.perHostUnit = perHostUnit
    }
}

/// What a bound on the requests to one host counts, and so what a transport may open for them.
package enum HostBoundUnit: String, Sendable {
    /// Connections: each carries one request at a time, as over HTTP/1.1.
    case connections
    /// Streams over HTTP/2: all that are bounded may share one connection.
    case streams
}
