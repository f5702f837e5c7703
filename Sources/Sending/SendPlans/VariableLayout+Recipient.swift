package import Jinja

extension VariableLayout {
    /// What a template sees of a recipient with these variables.
    ///
    /// Each variable is a name at top level and a field of `receiver`; `receiver.id` is the user
    /// id, and a variable called `receiver` wins over the object. Slot 0 is the user id, slot
    /// i + 1 is variable i, as `AudiencePage.fill` fills them.
    package init(recipient names: [String]) {
        let fields = names.enumerated().map { index, name in Field(name, .slot(index + 1)) }
        let id = Field("id", .slot(0))
        let receiver = Field("receiver", .object([id] + fields.filter { $0.name != "id" }))
        self.init(fields + [receiver])
    }
}
