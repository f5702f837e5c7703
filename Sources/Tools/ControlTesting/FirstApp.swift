package import ControlDirectory

extension AppRowID {
    /// The app that a data directory begins with.
    package static let first = AppRowID(rawValue: 1)
}
