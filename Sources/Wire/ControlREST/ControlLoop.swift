package import Control
import ServiceLifecycle

/// The control plane's own work as a service: campaigns run from its start until a graceful
/// shutdown, which lets what is on the wire finish.
package struct ControlLoop: Service {
    private let control: ControlPlane

    /// The loop of one control plane, which has one.
    package init(_ control: ControlPlane) { self.control = control }

    /// Runs campaigns until the graceful shutdown, then until what is on the wire has ended.
    ///
    /// - Throws: What the control plane cannot go on after.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await control.run()
        } onGracefulShutdown: { [control] in
            control.stop()
        }
    }
}
