/// The bounds of a filter and of a sort, each with its reason.
///
/// Filters come from outside and are compiled on the control plane's threads, so each must be
/// small, and its statement one that SQLite takes. Beyond a limit the filter is refused with a
/// mistake that names the limit.
package enum FilterLimits {
    /// Levels of `$and`, `$or`, `$nor` and `$not` inside each other.
    ///
    /// The reader recurses; nobody writes more by hand, and SQLite allows 1,000 levels.
    package static let depth = 8

    /// Conditions of one filter: an operator on a field is one, whatever it compares with.
    ///
    /// A row is tested by each, so that this bounds the work of a scan.
    package static let conditions = 100

    /// Values of one `$in` or `$nin`; longer lists are a segment's targets.
    package static let values = 1_000

    /// Bytes of one string, in UTF-8: four times the longest id.
    package static let stringBytes = 1_024

    /// Bytes of all strings of a filter together: one `$in` of the longest strings.
    package static let totalBytes = 1 << 20

    /// Characters that `$autocomplete` looks for.
    ///
    /// A pattern is tried at every place of a value, so that its length multiplies the work.
    package static let autocompleteCharacters = 64

    /// Steps of an attribute's name, as in `attributes.address.city`.
    package static let attributeSteps = 8

    /// Bytes of one step of an attribute's name, and of a channel type in `consent.<type>`.
    package static let attributeStepBytes = 64

    /// Bytes of an event's name.
    package static let eventNameBytes = 128

    /// Fields of one sort; its key is one more column.
    package static let sortFields = 4

    /// Mistakes that are listed; a page of them helps, more do not.
    package static let mistakes = 20

    /// Characters of a name from outside that a mistake repeats.
    package static let shownCharacters = 64
}
