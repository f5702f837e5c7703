import Structures

/// Which statuses a sink answers, and how often.
package struct ResponseMix: Equatable, Sendable {
    /// One status and its share of the answers.
    package struct Share: Equatable, Sendable {
        /// The status that is answered.
        package let status: HTTPStatus
        /// How often; the shares of a mix add up to at most 1.
        package let probability: Probability
    }

    /// The shares in the order given; what they leave of 1 is answered with 200.
    package let shares: [Share]
    /// The sums of the shares up to each one.
    private let bounds: [Double]

    /// Everything is answered with 200.
    package static let allAccepted = ResponseMix(checked: [])

    private init(checked shares: [Share]) {
        self.shares = shares
        var sum = 0.0
        bounds = shares.map {
            sum += $0.probability.value
            return sum
        }
    }

    /// Reads `200:0.97,429:0.01,500:0.02`; what is left of 1 is 200.
    ///
    /// - Parameter text: The option's text.
    /// - Throws: `SinkError.option` for statuses outside 200 to 599, repeated ones, and shares that
    ///   are no probabilities or add up to more than 1.
    package init(parsing text: String) throws(SinkError) {
        func invalid(_ reason: String) -> SinkError {
            .option(.responses, text: text, reason: reason)
        }
        var shares: [Share] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let fields = part.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 2 else {
                throw invalid("a response is a status and its share, such as 429:0.01")
            }
            guard fields[0].count == 3, let code = UInt16(fields[0]), (200...599).contains(code)
            else {
                throw invalid("a status is a number from 200 to 599")
            }
            guard let number = OptionText.decimal(fields[1]), let share = Probability(number) else {
                throw invalid("a share is a number from 0 to 1")
            }
            let status = HTTPStatus(code)
            guard !shares.contains(where: { $0.status == status }) else {
                throw invalid("status \(code) is given twice")
            }
            shares.append(Share(status: status, probability: share))
        }
        // Decimal shares that add up to 1 on paper may miss it by some ulps.
        guard shares.reduce(0, { $0 + $1.probability.value }) <= 1 + 1e-9 else {
            throw invalid("the shares add up to more than 1")
        }
        self.init(checked: shares)
    }

    /// Draws the status of one request.
    ///
    /// - Parameter generator: Advanced by one number.
    /// - Returns: The status.
    func draw(_ generator: inout SeededGenerator) -> HTTPStatus {
        let number = generator.unit()
        for (index, bound) in bounds.enumerated() where number < bound {
            return shares[index].status
        }
        return .ok
    }
}
