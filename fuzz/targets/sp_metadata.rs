//! A service provider's metadata, as an administrator was given it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::protocol::saml::parse_sp_metadata;

fuzz_target!(|xml: &[u8]| {
    if let Ok(metadata) = parse_sp_metadata(xml) {
        assert!(!metadata.assertion_consumer_services.is_empty());
        for acs in &metadata.assertion_consumer_services {
            assert!(acs.acs_url.starts_with("http"), "{}", acs.acs_url);
        }
    }
});
