//! A range of addresses, as in `10.0.0.0/8`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::InvalidText;

/// An address prefix (RFC 4632). A single address is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// Parses `address/prefix` or an address.
    ///
    /// # Errors
    /// When it is neither, when the address has bits behind the prefix (then nobody can say which range was meant),
    /// and when it holds every address: a proxy that may be anybody lets every client choose its own address, and to call
    /// anybody is to call every inside address.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let invalid = |reason| InvalidText {
            what: "network",
            reason,
        };
        let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
        let first: IpAddr = address
            .parse()
            .map_err(|_| invalid("must be an address or a range such as 10.0.0.0/8"))?;
        let bits = if first.is_ipv4() { 32 } else { 128 };
        let prefix = if text.contains('/') {
            prefix
                .parse()
                .ok()
                .filter(|prefix| *prefix <= bits)
                .ok_or(invalid("must have a prefix of 1 to 32, or to 128 for IPv6"))?
        } else {
            bits
        };
        if prefix == 0 {
            return Err(invalid(
                "must not hold every address: name the one that is meant, such as 10.0.0.0/8",
            ));
        }
        if masked(first, prefix) != first {
            return Err(invalid(
                "must begin at its first address: 10.0.0.0/8, not 10.0.0.5/8",
            ));
        }
        Ok(Self { first, prefix })
    }

    /// Whether an address lies in the range. An IPv4 address in IPv6 clothes (`::ffff:10.0.0.1`) is that IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.prefix) == self.first
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        Self::parse(&text)
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX
                .checked_shl(32u32.saturating_sub(prefix))
                .unwrap_or(0);
            Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX
                .checked_shl(128u32.saturating_sub(prefix))
                .unwrap_or(0);
            Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    }
}
