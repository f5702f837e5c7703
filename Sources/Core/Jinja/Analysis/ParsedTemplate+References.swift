extension ParsedTemplate {
    /// Every place where the template reads a variable, in its order; of a payload, field by field.
    ///
    /// What it includes or imports is not looked into.
    package var references: [VariableReference] {
        ReferenceCollector.collect(body) + fields.flatMap(\.references)
    }
}
