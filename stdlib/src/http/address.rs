//! Which addresses are none of the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of address this is, where it is none of the public internet: "a loopback address".
/// Addresses of version 6 that stand for one of version 4 are what that one is.
pub(super) fn kind(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => kind_v4(ip),
        IpAddr::V6(ip) => kind_v6(ip),
    }
}

const LOOPBACK: &str = "a loopback address";
const PRIVATE: &str = "a private address";
const LINK_LOCAL: &str = "a link-local address";
const MULTICAST: &str = "a multicast address";
const UNSPECIFIED: &str = "an unspecified address";
const RESERVED: &str = "a reserved address";
const EXAMPLE: &str = "an address for documentation or benchmarks";
const METADATA: &str = "an address of a cloud's metadata service";

fn kind_v4(ip: Ipv4Addr) -> Option<&'static str> {
    match ip.octets() {
        [0, ..] => Some(UNSPECIFIED),
        [127, ..] => Some(LOOPBACK),
        // The last one is shared by the customers of a carrier.
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Some(PRIVATE),
        [169, 254, ..] => Some(LINK_LOCAL),
        // Of Azure; public by its number and reached from inside only.
        [168, 63, 129, 16] => Some(METADATA),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18..=19, ..] => Some(EXAMPLE),
        [192, 0, 0, _] | [192, 88, 99, _] | [240..=255, ..] => Some(RESERVED),
        [224..=239, ..] => Some(MULTICAST),
        _ => None,
    }
}

fn kind_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let s = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        kind_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some(UNSPECIFIED),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(LOOPBACK),
        // Mapped (::ffff:a.b.c.d), translated (::ffff:0:a.b.c.d) and NAT64 (64:ff9b::a.b.c.d).
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        // Compatible (::a.b.c.d), which nobody routes.
        [0, 0, 0, 0, 0, 0, high, low] => v4(high, low).or(Some(RESERVED)),
        // NAT64 of a network's own.
        [0x64, 0xff9b, 1, ..] => Some(PRIVATE),
        // 6to4, and Teredo with its server and its client.
        [0x2002, high, low, ..] => v4(high, low).or_else(|| isatap(s)),
        [0x2001, 0, high, low, _, _, client_high, client_low] => {
            v4(high, low).or_else(|| v4(!client_high, !client_low))
        }
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] | [0x2001, 2, 0, ..] => Some(EXAMPLE),
        [0x2001, 0x10..=0x2f, ..] => Some(RESERVED),
        [0xfe80..=0xfebf, ..] => Some(LINK_LOCAL),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some(PRIVATE),
        [0xff00..=0xffff, ..] => Some(MULTICAST),
        [0x2000..=0x3fff, ..] => isatap(s),
        // What is not handed out to anybody.
        _ => Some(RESERVED),
    }
}

/// An address whose second half stands for one of version 4 inside a site.
fn isatap(s: [u16; 8]) -> Option<&'static str> {
    let [.., flags, 0x5efe, high, low] = s else { return None };
    if flags & !0x0200 != 0 {
        return None;
    }
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    kind_v4(Ipv4Addr::new(a, b, c, d))
}

/// Whether a name is one of this machine or of a cloud's metadata service, whatever it resolves to.
/// The name is in lower case.
pub(super) fn is_inner_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    const NAMES: [&str; 6] = [
        "localhost",
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "instance-data",
        "instance-data.ec2.internal",
    ];
    NAMES.contains(&name) || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_are_told_from_public_ones() {
        let inside = [
            ("0.0.0.0", UNSPECIFIED),
            ("0.1.2.3", UNSPECIFIED),
            ("127.0.0.1", LOOPBACK),
            ("127.255.255.255", LOOPBACK),
            ("10.0.0.0", PRIVATE),
            ("172.16.0.0", PRIVATE),
            ("172.31.255.255", PRIVATE),
            ("192.168.1.1", PRIVATE),
            ("100.64.0.0", PRIVATE),
            ("100.100.100.200", PRIVATE),
            ("100.127.255.255", PRIVATE),
            ("169.254.169.254", LINK_LOCAL),
            ("168.63.129.16", METADATA),
            ("192.0.0.192", RESERVED),
            ("192.0.2.1", EXAMPLE),
            ("198.18.0.1", EXAMPLE),
            ("198.19.255.255", EXAMPLE),
            ("198.51.100.7", EXAMPLE),
            ("203.0.113.9", EXAMPLE),
            ("224.0.0.1", MULTICAST),
            ("240.0.0.1", RESERVED),
            ("255.255.255.255", RESERVED),
            ("::", UNSPECIFIED),
            ("::1", LOOPBACK),
            ("::ffff:127.0.0.1", LOOPBACK),
            ("::ffff:0:10.0.0.1", PRIVATE),
            ("::127.0.0.1", LOOPBACK),
            ("::8.8.8.8", RESERVED),
            ("64:ff9b::10.0.0.1", PRIVATE),
            ("64:ff9b:1::8.8.8.8", PRIVATE),
            ("2002:7f00:1::", LOOPBACK),
            ("2002:a9fe:a9fe::1", LINK_LOCAL),
            ("2001:0:c0a8:101::", PRIVATE),
            // The client of Teredo is written inverted: 127.0.0.1.
            ("2001:0:808:808:0:0:80ff:fffe", LOOPBACK),
            ("2a00:1450::5efe:10.0.0.1", PRIVATE),
            ("2a00:1450::200:5efe:127.0.0.1", LOOPBACK),
            ("fe80::1", LINK_LOCAL),
            ("febf::1", LINK_LOCAL),
            ("fec0::1", PRIVATE),
            ("fc00::1", PRIVATE),
            ("fd00:ec2::254", PRIVATE),
            ("ff02::1", MULTICAST),
            ("2001:db8::1", EXAMPLE),
            ("3fff::1", EXAMPLE),
            ("100::1", RESERVED),
            ("4000::1", RESERVED),
        ];
        for (text, expected) in inside {
            let ip = text.parse().expect("an address");
            assert_eq!(kind(ip), Some(expected), "{text}");
        }
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.1",
            "169.253.1.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.1.1",
            "198.17.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::200e",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ];
        for text in public {
            assert_eq!(kind(text.parse().expect("an address")), None, "{text}");
        }
    }

    #[test]
    fn names_inside_are_known() {
        for name in ["localhost", "localhost.", "a.localhost", "metadata.google.internal."] {
            assert!(is_inner_name(name), "{name}");
        }
        for name in ["example.com", "localhost.example.com", "mylocalhost", ""] {
            assert!(!is_inner_name(name), "{name}");
        }
    }
}
