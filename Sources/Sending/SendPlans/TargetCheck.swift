import Engine

/// Checks what is the same for every request of a campaign, without asking anybody.
package enum TargetCheck {
    /// Checks a URL that is the same for everybody.
    ///
    /// - Throws: `CampaignMistake` of the field `url`.
    package static func checkURL(_ text: String) throws(CampaignMistake) {
        let url: HTTPURL
        do throws(HTTPURL.Fault) {
            url = try HTTPURL(text)
        } catch {
            let form = "“\(text)” is no URL of the form http://host/path or https://host/path"
            switch error {
            case .scheme, .noHost: throw CampaignMistake(.url, form)
            case .blank, .host, .port, .userInfo: throw CampaignMistake(.url, "\(form): \(error)")
            }
        }
        guard !url.hasUserInfo else {
            throw CampaignMistake(
                .url, "a URL with a user name or password is refused; use an Authorization header")
        }
    }
}
