import ControlTesting
import Foundation

/// SHA-256 and HMAC as FIPS 180-4 and RFC 2104 write them down: an independent computation of what
/// the server signs.
enum ReferenceSHA256 {
    private static let constants: [UInt32] = (0..<64).map { index in
        let prime = primes[index]
        let root = cbrt(Double(prime))
        return UInt32((root - root.rounded(.down)) * 4_294_967_296)
    }

    private static let primes: [Int] = {
        var primes: [Int] = []
        var number = 2
        while primes.count < 64 {
            if primes.allSatisfy({ number % $0 != 0 }) { primes.append(number) }
            number += 1
        }
        return primes
    }()

    static func hash(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = primes.prefix(8).map { prime in
            let root = Double(prime).squareRoot()
            return UInt32((root - root.rounded(.down)) * 4_294_967_296)
        }
        var bytes = message + [0x80]
        while bytes.count % 64 != 56 { bytes.append(0) }
        let bits = UInt64(message.count) * 8
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
        for start in stride(from: 0, to: bytes.count, by: 64) {
            compress(Array(bytes[start..<start + 64]), &state)
        }
        return state.flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) }
        }
    }

    private static func compress(_ block: [UInt8], _ state: inout [UInt32]) {
        func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
            word >> count | word << (32 - count)
        }
        var words = (0..<16).map { index in
            (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(block[4 * index + $1]) }
        }
        for index in 16..<64 {
            let (a, b) = (words[index - 15], words[index - 2])
            let low = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3
            let high = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10
            words.append(words[index - 16] &+ low &+ words[index - 7] &+ high)
        }
        var v = state
        for index in 0..<64 {
            let high = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)
            let choice = v[4] & v[5] ^ ~v[4] & v[6]
            let first = v[7] &+ high &+ choice &+ constants[index] &+ words[index]
            let low = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)
            let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
            v = [first &+ low &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
        }
        for index in 0..<8 { state[index] &+= v[index] }
    }

    static func hmac(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let block = key.count > 64 ? hash(key) : key
        let padded = block + [UInt8](repeating: 0, count: 64 - block.count)
        return hash(padded.map { $0 ^ 0x5C } + hash(padded.map { $0 ^ 0x36 } + message))
    }

    /// The signature that a receiver with a secret of Standard Webhooks expects.
    static func signature(_ secret: String, _ request: ReceivedRequest) -> String {
        let key = Array(Data(base64Encoded: String(secret.dropFirst(6))) ?? Data())
        let head = "\(request.id).\(request.headers["webhook-timestamp"] ?? "")."
        let code = hmac(key: key, Array(head.utf8) + request.body)
        return "v1,\(Data(code).base64EncodedString())"
    }
}
