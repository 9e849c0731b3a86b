//! The table of addresses that are not public, at the edges of each network, and the rules over it.

use std::net::IpAddr;

use signet::outbound::{AddressClass, AddressRule};

use super::networks;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn class(text: &str) -> Option<AddressClass> {
    AddressClass::of(ip(text))
}

#[test]
fn special_addresses_from_the_first_to_the_last() {
    use AddressClass::*;
    for (first, last, expected) in [
        ("0.0.0.0", "0.255.255.255", Unspecified),
        ("10.0.0.0", "10.255.255.255", Private),
        ("100.64.0.0", "100.127.255.255", CarrierGrade),
        ("100.100.100.200", "100.100.100.200", CarrierGrade),
        ("127.0.0.0", "127.255.255.255", Loopback),
        ("168.63.129.16", "168.63.129.16", CloudPlatform),
        ("169.254.0.0", "169.254.255.255", LinkLocal),
        ("169.254.169.254", "169.254.170.2", LinkLocal),
        ("172.16.0.0", "172.31.255.255", Private),
        ("192.0.0.0", "192.0.0.255", Protocol),
        ("192.0.0.192", "192.0.0.192", Protocol),
        ("192.0.2.0", "192.0.2.255", Documentation),
        ("192.88.99.0", "192.88.99.255", Reserved),
        ("192.168.0.0", "192.168.255.255", Private),
        ("198.18.0.0", "198.19.255.255", Benchmarking),
        ("198.51.100.0", "198.51.100.255", Documentation),
        ("203.0.113.0", "203.0.113.255", Documentation),
        ("224.0.0.0", "239.255.255.255", Multicast),
        ("240.0.0.0", "255.255.255.254", Reserved),
        ("255.255.255.255", "255.255.255.255", Broadcast),
        ("::", "::", Unspecified),
        ("::1", "::1", Loopback),
        ("::2", "::ffff:ffff", EmbeddedIpv4),
        ("::ffff:0.0.0.0", "::ffff:255.255.255.255", EmbeddedIpv4),
        ("::ffff:0:0:0", "::ffff:0:255.255.255.255", EmbeddedIpv4),
        ("::1:0:0:0", "::fffe:0:0:0", Reserved),
        ("64:ff9b::", "64:ff9b::255.255.255.255", EmbeddedIpv4),
        (
            "64:ff9b:1::",
            "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
            EmbeddedIpv4,
        ),
        ("64:ff9b:2::", "64:ffff::", Reserved),
        ("100::", "100::ffff:ffff:ffff:ffff", Reserved),
        (
            "2001::",
            "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
            EmbeddedIpv4,
        ),
        ("2001:1::", "2001:1:ffff::", Protocol),
        (
            "2001:2::",
            "2001:2:0:ffff:ffff:ffff:ffff:ffff",
            Benchmarking,
        ),
        (
            "2001:20::",
            "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
            Protocol,
        ),
        (
            "2001:db8::",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            Documentation,
        ),
        (
            "2002::",
            "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            EmbeddedIpv4,
        ),
        (
            "3fff::",
            "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
            Documentation,
        ),
        ("4000::", "5f00:ffff::", Reserved),
        (
            "fc00::",
            "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            UniqueLocal,
        ),
        ("fd00:ec2::254", "fd00:ec2::254", UniqueLocal),
        ("fe00::", "fe7f:ffff::", Reserved),
        (
            "fe80::",
            "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            LinkLocal,
        ),
        (
            "fec0::",
            "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            UniqueLocal,
        ),
        (
            "ff00::",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            Multicast,
        ),
    ] {
        assert_eq!(class(first), Some(expected), "{first}");
        assert_eq!(class(last), Some(expected), "{last}");
    }
}

#[test]
fn what_lies_beside_them_is_public() {
    for text in [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::",
        "2001:200::",
        "2001:db7:ffff::",
        "2001:db9::",
        "2003::",
        "2600:1f00::1",
        "3ffe:ffff::",
        "3fff:1000::",
    ] {
        assert_eq!(class(text), None, "{text}");
        assert_eq!(AddressRule::Public.check(ip(text)), Ok(()), "{text}");
    }
}

#[test]
fn each_class_is_told_in_its_own_words() {
    let mut texts: Vec<String> = [
        "0.0.0.0",
        "127.0.0.1",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "fd00::1",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "2002::1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
    ]
    .iter()
    .map(|text| class(text).unwrap().to_string())
    .collect();
    let all = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), all, "{texts:?}");
}

#[test]
fn a_named_network_opens_itself_alone() {
    let rule = networks(&["10.1.0.0/16", "fd00:1::/32"]);
    for text in [
        "10.1.0.0",
        "10.1.255.255",
        "fd00:1::7",
        "8.8.8.8",
        "::ffff:10.1.2.3",
    ] {
        assert_eq!(rule.check(ip(text)), Ok(()), "{text}");
    }
    for text in [
        "10.0.255.255",
        "10.2.0.0",
        "fd00:2::7",
        "127.0.0.1",
        "169.254.169.254",
        "::ffff:10.2.0.0",
        "64:ff9b::10.1.0.1",
        "2002:a01:1::",
    ] {
        assert!(rule.check(ip(text)).is_err(), "{text}");
    }
}

/// Where DNS64 answers, an operator names the translator's prefix; what lies behind it is still judged.
#[test]
fn a_named_translator_leads_to_public_addresses_alone() {
    let rule = networks(&["64:ff9b::/96", "2002::/16", "2001::/32"]);
    for text in [
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        // Teredo has its client's address inverted: 8.8.8.8.
        "2001:0:4136:e378:8000:63bf:f7f7:f7f7",
    ] {
        assert_eq!(rule.check(ip(text)), Ok(()), "{text}");
    }
    for text in [
        "64:ff9b::169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::",
        // 10.0.0.1 inverted.
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    ] {
        assert_eq!(
            rule.check(ip(text)),
            Err(AddressClass::EmbeddedIpv4),
            "{text}"
        );
    }
    let both = networks(&["64:ff9b::/96", "10.0.0.0/8"]);
    assert_eq!(both.check(ip("64:ff9b::10.0.0.1")), Ok(()));
}

#[test]
fn any_is_any() {
    for text in ["127.0.0.1", "169.254.169.254", "::1", "10.0.0.1", "8.8.8.8"] {
        assert_eq!(AddressRule::Any.check(ip(text)), Ok(()));
    }
    assert_eq!(AddressRule::default(), AddressRule::Public);
}
