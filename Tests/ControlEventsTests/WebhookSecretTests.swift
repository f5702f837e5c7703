import Testing

@testable import ControlEvents

@Suite struct WebhookSecretTests {
    /// The example of the Standard Webhooks specification.
    @Test func theExampleOfTheSpecificationIsSignedAsItSays() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = secret.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(arguments: ["", "whsec_", "whsec_!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    func anotherTextIsNoSecret(text: String) {
        #expect(WebhookSecret(text) == nil)
    }
}
