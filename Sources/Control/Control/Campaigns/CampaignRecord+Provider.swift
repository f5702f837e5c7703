package import ControlDirectory
import ControlMessages
package import Providers

extension CampaignRecord {
    /// What carries the campaign's messages.
    package var provider: ProviderKind { .standard }

    /// The medium that they go over.
    package var medium: Medium { Medium(of: provider) }
}
