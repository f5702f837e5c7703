/// The fixed measures of a page.
package enum PageLayout {
    /// Recipients a page holds at the most.
    ///
    /// Part of the numbering of recipients: never change it.
    package static let recipientsMax = 1_024
}
