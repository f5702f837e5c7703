// Which addresses a connection may be opened to when the URL comes from a user.
//
// The check is made on the address that is dialled, after the name was resolved: a check on the URL
// would miss names that resolve to an inner address, names that change between two look-ups, and
// the many spellings of an address. What is refused is every block of the IANA special-purpose
// registries that is not globally reachable, multicast, and IPv6 forms that carry an IPv4 address
// past a check of the outer form:
//
//   form                       decided by
//   ::ffff:a.b.c.d (mapped)    a.b.c.d, which is what the kernel dials
//   64:ff9b::a.b.c.d (NAT64)   a.b.c.d, which is what the gateway dials
//   64:ff9b:1::/48, 2002::/16 (6to4), 2001::/32 (Teredo), ::/96, ::ffff:0:0:0/96: refused

/// The addresses that are not on the public internet.
package enum AddressPolicy {
    /// Whether an IPv4 address is globally reachable unicast.
    ///
    /// - Parameter address: The address in host byte order.
    /// - Returns: Whether it may be dialled for anybody.
    package static func isPublic(v4 address: UInt32) -> Bool {
        for block in blocksV4 where address >> (32 - block.length) == block.prefix {
            return false
        }
        return true
    }

    /// Whether an IPv6 address is globally reachable unicast, or stands for such an IPv4 address.
    ///
    /// - Parameters:
    ///   - high: The first 64 bits in host byte order.
    ///   - low: The last 64 bits in host byte order.
    /// - Returns: Whether it may be dialled for anybody.
    package static func isPublic(high: UInt64, low: UInt64) -> Bool {
        let isMapped = high == 0 && low >> 32 == 0xffff
        let isTranslated = high == 0x0064_ff9b_0000_0000 && low >> 32 == 0
        if isMapped || isTranslated {
            return isPublic(v4: UInt32(truncatingIfNeeded: low))
        }
        for block in blocksV6 where high >> (64 - block.length) == block.prefix {
            return false
        }
        return true
    }

    private struct BlockV4 {
        /// The block's leading `length` bits.
        let prefix: UInt32
        let length: UInt32

        init(_ a: UInt32, _ b: UInt32, _ c: UInt32, length: UInt32) {
            prefix = (a << 24 | b << 16 | c << 8) >> (32 - length)
            self.length = length
        }
    }

    private static let blocksV4 = [
        BlockV4(0, 0, 0, length: 8),  // this network; Linux dials itself
        BlockV4(10, 0, 0, length: 8),  // private
        BlockV4(100, 64, 0, length: 10),  // carrier-grade NAT
        BlockV4(127, 0, 0, length: 8),  // loopback
        BlockV4(169, 254, 0, length: 16),  // link-local, clouds' metadata services
        BlockV4(172, 16, 0, length: 12),  // private
        BlockV4(192, 0, 0, length: 24),  // IETF protocol assignments
        BlockV4(192, 0, 2, length: 24),  // documentation
        BlockV4(192, 88, 99, length: 24),  // 6to4 relays
        BlockV4(192, 168, 0, length: 16),  // private
        BlockV4(198, 18, 0, length: 15),  // benchmarks
        BlockV4(198, 51, 100, length: 24),  // documentation
        BlockV4(203, 0, 113, length: 24),  // documentation
        BlockV4(224, 0, 0, length: 4),  // multicast
        BlockV4(240, 0, 0, length: 4),  // reserved, broadcast
    ]

    private struct BlockV6 {
        /// The block's leading `length` bits, at most 64.
        let prefix: UInt64
        let length: UInt64

        init(_ first: UInt64, length: UInt64) {
            prefix = first >> (64 - length)
            self.length = length
        }
    }

    private static let blocksV6 = [
        // Unspecified, loopback, IPv4-compatible, IPv4-translated, and what is reserved around
        // them.
        BlockV6(0, length: 8),
        BlockV6(0x0064_ff9b_0000_0000, length: 32),  // NAT64 other than the form handled above
        BlockV6(0x0100_0000_0000_0000, length: 64),  // discard
        BlockV6(0x2001_0000_0000_0000, length: 32),  // Teredo
        BlockV6(0x2001_0db8_0000_0000, length: 32),  // documentation
        BlockV6(0x2002_0000_0000_0000, length: 16),  // 6to4
        BlockV6(0x3fff_0000_0000_0000, length: 20),  // documentation
        BlockV6(0x5f00_0000_0000_0000, length: 16),  // segment routing
        BlockV6(0xfc00_0000_0000_0000, length: 7),  // unique local
        BlockV6(0xfe80_0000_0000_0000, length: 10),  // link-local
        BlockV6(0xfec0_0000_0000_0000, length: 10),  // site-local, deprecated
        BlockV6(0xff00_0000_0000_0000, length: 8),  // multicast
    ]
}
