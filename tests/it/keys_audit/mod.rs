//! Tests of keys_audit.
