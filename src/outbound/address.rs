//! Which addresses are public, and which others the program may connect to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::Network;

/// Whom the client connects to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AddressRule {
    /// Public addresses alone.
    #[default]
    Public,
    /// Public ones, and those of the networks that the operator names.
    PublicAnd(Vec<Network>),
    /// Every address: for a person's own command line, which reaches what the person reaches anyway. Never for the server.
    Any,
}

impl AddressRule {
    /// Whether the rule lets an address be connected to.
    ///
    /// # Errors
    /// With what the address is, when it may not.
    pub fn check(&self, address: IpAddr) -> Result<(), AddressClass> {
        let Some(class) = AddressClass::of(address) else {
            return Ok(());
        };
        match self {
            Self::Any => Ok(()),
            Self::Public => Err(class),
            Self::PublicAnd(networks) => {
                let listed = networks.iter().any(|network| network.contains(address));
                // A translated address leads to the one inside it: naming a translator's prefix opens no inner network.
                let inner = embedded(address).map_or(Ok(()), |inner| self.check(inner.into()));
                if listed && inner.is_ok() {
                    Ok(())
                } else {
                    Err(class)
                }
            }
        }
    }
}

/// Why an address is not public (IANA's registries of special-purpose addresses, RFC 6890 and its updates).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressClass {
    /// `0.0.0.0/8`, `::`: this host.
    Unspecified,
    /// `127.0.0.0/8`, `::1`.
    Loopback,
    /// RFC 1918.
    Private,
    /// RFC 6598, behind a carrier's translation; some clouds keep their metadata there.
    CarrierGrade,
    /// `169.254.0.0/16`, `fe80::/10`: the metadata of most clouds.
    LinkLocal,
    /// A cloud's own service under an address that looks public: Azure's `168.63.129.16`.
    CloudPlatform,
    /// `fc00::/7`, and the site-local addresses before them.
    UniqueLocal,
    /// IETF protocol assignments: `192.0.0.0/24` (a metadata address among them), `2001::/23`.
    Protocol,
    /// For examples in texts.
    Documentation,
    /// RFC 2544, RFC 5180.
    Benchmarking,
    /// An IPv4 address inside an IPv6 one: mapped, compatible, translated (NAT64), 6to4 or Teredo.
    EmbeddedIpv4,
    /// To many.
    Multicast,
    /// `255.255.255.255`.
    Broadcast,
    /// Not given to anybody.
    Reserved,
}

const IPV4: [(Ipv4Addr, u32, AddressClass); 18] = {
    use AddressClass::*;
    let at = Ipv4Addr::new;
    [
        (at(0, 0, 0, 0), 8, Unspecified),
        (at(10, 0, 0, 0), 8, Private),
        (at(100, 64, 0, 0), 10, CarrierGrade),
        (at(127, 0, 0, 0), 8, Loopback),
        (at(168, 63, 129, 16), 32, CloudPlatform),
        (at(169, 254, 0, 0), 16, LinkLocal),
        (at(172, 16, 0, 0), 12, Private),
        (at(192, 0, 0, 0), 24, Protocol),
        (at(192, 0, 2, 0), 24, Documentation),
        (at(192, 88, 99, 0), 24, Reserved),
        (at(192, 168, 0, 0), 16, Private),
        (at(198, 18, 0, 0), 15, Benchmarking),
        (at(198, 51, 100, 0), 24, Documentation),
        (at(203, 0, 113, 0), 24, Documentation),
        (at(224, 0, 0, 0), 4, Multicast),
        (at(233, 252, 0, 0), 24, Documentation),
        (at(255, 255, 255, 255), 32, Broadcast),
        (at(240, 0, 0, 0), 4, Reserved),
    ]
};

/// The narrower ones first. What is in none of them and not in `2000::/3` is reserved.
const IPV6: [(Ipv6Addr, u32, AddressClass); 16] = {
    use AddressClass::*;
    let at = Ipv6Addr::new;
    [
        (at(0, 0, 0, 0, 0, 0, 0, 0), 128, Unspecified),
        (at(0, 0, 0, 0, 0, 0, 0, 1), 128, Loopback),
        (at(0, 0, 0, 0, 0, 0, 0, 0), 96, EmbeddedIpv4),
        (at(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, EmbeddedIpv4),
        (at(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, EmbeddedIpv4),
        (at(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, EmbeddedIpv4),
        (at(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, EmbeddedIpv4),
        (at(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, EmbeddedIpv4),
        (at(0x2001, 2, 0, 0, 0, 0, 0, 0), 48, Benchmarking),
        (at(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Protocol),
        (at(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Documentation),
        (at(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, EmbeddedIpv4),
        (at(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Documentation),
        (at(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, UniqueLocal),
        (at(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, LinkLocal),
        (at(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Multicast),
    ]
};
const SITE_LOCAL: (Ipv6Addr, u32) = (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10);
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

impl AddressClass {
    /// What keeps an address from being public; none: it is public.
    pub fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => IPV4
                .into_iter()
                .find(|(first, prefix, _)| in_v4(address, *first, *prefix))
                .map(|(_, _, class)| class),
            IpAddr::V6(address) => IPV6
                .into_iter()
                .find(|(first, prefix, _)| in_v6(address, *first, *prefix))
                .map(|(_, _, class)| class)
                .or_else(|| Self::of_rest(address)),
        }
    }

    fn of_rest(address: Ipv6Addr) -> Option<Self> {
        if in_v6(address, SITE_LOCAL.0, SITE_LOCAL.1) {
            return Some(Self::UniqueLocal);
        }
        let is_global = in_v6(address, GLOBAL_UNICAST.0, GLOBAL_UNICAST.1);
        (!is_global).then_some(Self::Reserved)
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "an address of this host",
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::CarrierGrade => "an address behind a carrier's translation",
            Self::LinkLocal => "a link-local address, where clouds keep their metadata",
            Self::CloudPlatform => "an address of the cloud's own services",
            Self::UniqueLocal => "a unique local address",
            Self::Protocol => "an address of a protocol's own",
            Self::Documentation => "an address for documentation",
            Self::Benchmarking => "an address for benchmarks",
            Self::EmbeddedIpv4 => "an IPv6 address with an IPv4 address inside",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::Reserved => "a reserved address",
        })
    }
}

/// The IPv4 address to which an IPv6 one leads, where it is known in which of its bits it stands. In `64:ff9b:1::/48` it
/// is not: its operator chooses the length of the prefix (RFC 8215).
fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else {
        return None;
    };
    let bits = address.to_bits();
    // The lower 32 bits of what the mask leaves; the conversion cannot fail.
    let from = |bits: u128| u32::try_from(bits & u128::from(u32::MAX)).ok();
    let found = match address.segments() {
        // 6to4 (RFC 3056): behind the first 16 bits.
        [0x2002, ..] => from(bits >> 80),
        // Teredo (RFC 4380): at the end, each bit inverted.
        [0x2001, 0, ..] => from(!bits),
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // Compatible, mapped (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052): at the end.
        [0, 0, 0, 0, 0, 0 | 0xffff, ..]
        | [0, 0, 0, 0, 0xffff, 0, ..]
        | [0x64, 0xff9b, 0, 0, 0, 0, ..] => from(bits),
        _ => None,
    };
    found.map(Ipv4Addr::from_bits)
}

fn in_v4(address: Ipv4Addr, first: Ipv4Addr, prefix: u32) -> bool {
    (address.to_bits() ^ first.to_bits()).leading_zeros() >= prefix
}

fn in_v6(address: Ipv6Addr, first: Ipv6Addr, prefix: u32) -> bool {
    (address.to_bits() ^ first.to_bits()).leading_zeros() >= prefix
}
