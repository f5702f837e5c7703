package import Jinja

/// The one place that makes templates for simulations and tests of the engine.
package enum SimulatedTemplates {
    /// The columns of a simulated audience beside the user id, which is the name `id`.
    static let columns = ["host"]

    /// A template over the variables `id` and `host`.
    package static func make(_ source: String) -> Template {
        do {
            return try Template.parse(source, name: "simulated")
                .bind(layout: VariableLayout(slots: ["id"] + columns))
        } catch {
            preconditionFailure("a simulated template does not compile: \(error)")
        }
    }
}
