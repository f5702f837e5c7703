/// What is bounded in a JSON value, with the reason and what happens beyond it.
package enum JSONLimits {
    /// Levels of arrays and objects, one in the other, that are read; the parser recurses.
    ///
    /// Far beyond what a document for people has. Deeper bytes are refused.
    package static let depth = 200

    /// Digits of a number without a point; the largest finite double has 309.
    ///
    /// Longer ones are refused, like any other number that is not finite.
    static let integerDigits = 4300
}
