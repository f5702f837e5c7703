package import Providers

extension CampaignDocument {
    /// What carries the campaign's messages.
    package var provider: ProviderKind { .standard }
}
