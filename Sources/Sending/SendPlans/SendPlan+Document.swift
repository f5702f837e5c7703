package import Engine
package import Pacing
import Providers

extension SendPlan {
    /// Makes the plan that shards run from a campaign's settings.
    ///
    /// - Parameters:
    ///   - id: The campaign.
    ///   - document: Its settings.
    ///   - message: The bound templates.
    ///   - templates: The parsed templates, for the headers that are the same for everybody.
    ///   - limiters: The limits that a send must pass.
    ///   - eligibility: Who is asked about each recipient before a send; nil when nobody is.
    ///   - hostLimits: The limits of destination hosts, if there are any.
    package convenience init(
        _ id: CampaignID, _ document: CampaignDocument, message: MessageTemplates,
        templates: CampaignTemplates, limiters: LimiterChain,
        eligibility: EligibilityCheck? = nil, hostLimits: HostLimits? = nil
    ) {
        self.init(
            id: id, message: message,
            target: TargetSpecification(
                url: message.url == nil ? document.url : nil, method: document.method,
                fields: templates.fixedFields,
                timeoutMilliseconds: document.timeoutMilliseconds,
                connectTimeoutMilliseconds: min(
                    document.timeoutMilliseconds, CampaignDefaults.connectTimeoutMilliseconds),
                allowsPrivateNetworks: document.allowsPrivateNetworks,
                forbidsResend: document.deliveryGuarantee == .atMostOnce),
            provider: document.provider.makeProvider(), guarantee: document.deliveryGuarantee,
            retries: RetrySchedule(
                attemptsMax: document.attempts,
                baseNanoseconds: CampaignDefaults.retryBaseNanoseconds,
                capNanoseconds: CampaignDefaults.retryCapNanoseconds,
                ceilingNanoseconds: CampaignDefaults.retryAfterCeilingNanoseconds),
            limiters: limiters, control: SendSwitch(), eligibility: eligibility,
            hostLimits: hostLimits)
    }
}
