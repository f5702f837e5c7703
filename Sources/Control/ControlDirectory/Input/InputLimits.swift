import Audience
package import JSON

/// Every bound of what comes in, with its reason; beyond it the request is refused.
package enum InputLimits {
    /// Characters of an id.
    package static let idLength = 255

    /// Characters of a name or title.
    package static let nameLength = 200

    /// Characters of a description.
    package static let descriptionLength = 2_000

    /// Bytes of a JSON body: 1,000 users of a bulk call at 4 KiB each.
    package static let bodyBytes = 4 << 20

    /// Levels of arrays and objects in a value of the user's own.
    package static let nesting = 16

    /// Values in a value of the user's own.
    package static let values = 10_000

    /// Bytes of one user's attributes, or of one recipient's variables.
    package static let documentBytes = UserLimits.attributeBytes

    /// Mistakes that are listed; more are counted in silence.
    package static let mistakes = 50

    /// Resources on a page of a list.
    package static let pageSize = 1...1_000
    /// Items of a list for a caller who does not say how many.
    package static let pageSizeDefault = 100

    /// Users of one bulk call.
    package static let bulkUsers = 1_000

    /// Targets that one call adds, removes, or lists.
    package static let targetsPerCall = 10_000

    /// Acts of recipients that one call records, in one transaction.
    package static let engagementsPerCall = 1_000

    /// Segments of a campaign.
    package static let segmentsPerCampaign = 25

    /// User ids of a campaign that are given inline.
    package static let userIDsPerCampaign = 10_000

    /// Targets of a notification.
    package static let notificationTargets = 10_000

    /// Targets of a notification that are answered when done.
    package static let notificationTargetsRealtime = 10

    /// Characters of a template's body.
    package static let templateLength = 256 << 10

    /// Characters of a header's value, which may be a template; rendered it has to fit 8,000 bytes.
    package static let headerLength = 8_000

    /// Headers of a template and of a provider: together, with Content-Type, as many as the engine
    /// renders.
    package static let headersPerTemplate = 16
    /// Headers that a provider adds to those of its templates.
    package static let headersPerProvider = 15

    /// Templates of an app, and versions of one: lists that people keep by hand.
    package static let templatesPerApp = 10_000
    /// Versions of one template.
    package static let versionsPerTemplate = 1_000

    /// Segments of an app; a change of a filter counts its users, so that they are not made per
    /// user.
    package static let segmentsPerApp = 10_000

    /// Tags of a user, and their length.
    package static let tags = UserLimits.tags
    /// Characters of one tag.
    package static let tagLength = UserLimits.tagLength

    /// Endpoints of a user.
    package static let endpoints = UserLimits.endpoints

    /// Characters of a URL.
    package static let urlLength = UserLimits.urlLength

    /// Characters of an event's name: what filters take.
    package static let eventNameLength = 128

    /// Events of one call.
    package static let eventsPerCall = 1_000

    /// Declared attributes of an app: each is looked for in every user that is written.
    package static let attributes = 256

    /// Declared attributes of an app with an index, each of which every write of a user feeds.
    package static let indexedAttributes = 16

    /// Indexes of attributes in all, over the apps of a server: every write of a user asks each
    /// whether it is one of its app.
    package static let indexedAttributesInAll = 256

    /// Uploads that run at once, of users and of recipients: each has a thread and some 30 MB.
    package static let uploads = 4

    /// Rejected rows that an import's answer lists.
    package static let importErrors = 1_000

    /// Characters of a note on a suppression.
    package static let noteLength = 500
}

extension InputLimits {
    /// Checks the size of the `variables` of each item of a list.
    ///
    /// - Parameters:
    ///   - items: The list.
    ///   - path: Where it is.
    /// - Throws: `Problem` with the place of the first that is too large.
    package static func checkVariables(_ items: [JSONValue], at path: String) throws(Problem) {
        for (index, item) in items.enumerated() {
            let size = item["variables"]?.encoded.utf8.count ?? 0
            guard size <= documentBytes else {
                throw Problem.invalid(
                    "\(path)/\(index)/variables", "too_large",
                    "expected at most \(documentBytes) bytes")
            }
        }
    }
}
