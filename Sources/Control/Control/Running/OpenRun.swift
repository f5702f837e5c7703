import CampaignLife
import ControlDirectory
import Runtime

/// A run whose campaign's file is open in this process.
struct OpenRun {
    let row: CampaignRowID
    let record: CampaignRecord
    let prepared: PreparedCampaign.Box
    /// Since the engine took it; nil before, and when the engine has let go of it.
    var handle: CampaignHandle?
    /// Whether the file is closed already, after a closing that could not be written.
    var isFileClosed = false
}
