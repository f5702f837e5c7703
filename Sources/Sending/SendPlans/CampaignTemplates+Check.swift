package import Jinja

extension CampaignTemplates {
    /// Something that a check against a schema found in one of the templates.
    package struct Finding: Sendable {
        /// The setting whose template it is about.
        package let field: CampaignMistake.Field
        /// What was found, how grave it is and where in the template.
        package let finding: SchemaFinding
    }

    /// Checks that the templates ask for nothing that the variables do not have.
    ///
    /// - Returns: Each finding of each template once, in its order.
    package func findings(_ schema: VariableSchema) -> [Finding] {
        let parts: [(CampaignMistake.Field, ParsedTemplate)] =
            [(.template, body)] + (url.map { [(.url, $0)] } ?? [])
            + headers.map { (.header($0.name), $0.value) }
        return parts.flatMap { field, template in
            schema.check(template).map { Finding(field: field, finding: $0) }
        }
    }

    /// Compiles the templates without an audience, so that the compiler's limits are met now and
    /// not when a campaign starts.
    ///
    /// - Throws: `CampaignMistakes` with the limit.
    package func checkLimits() throws(CampaignMistakes) {
        let roots = Set(references.map(\.path.root)).sorted()
        _ = try bind(VariableLayout(slots: roots), slotCount: roots.count)
    }
}

extension VariableSchema {
    /// With names that a template sees beside the variables, about whose values nothing is known.
    ///
    /// A variable of the same name wins.
    package func knowing(_ names: [String]) -> VariableSchema {
        var schema = self
        for name in names where !variables.contains(where: { $0.name == name }) {
            schema.variables.append(Property(name, Shape(.any), isRequired: true))
        }
        return schema
    }
}
