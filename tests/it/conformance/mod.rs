//! The OpenID Foundation's modules for providers, under their own names: what each of them checks, Signet keeps, by its own
//! HTTP routes. The basic list (`basic`) runs with answers in the query and again by a form (`form_post`); then discovery
//! (`config`), RP-initiated logout and back-channel logout. As the suite does, all but the module on PKCE go without PKCE.
//!
//! What the suite answers with a warning or a skip, because Signet does not have it by design, is asserted as it is.

mod backchannel;
mod config;
mod modules;
mod relying_party;
mod rp_initiated_logout;

/// The modules of the basic list, each as a test that runs it in this mode.
macro_rules! basic_list {
    ($mode:ident) => {
        crate::conformance::in_mode!(
            $mode,
            oidcc_server,
            oidcc_server_client_secret_post,
            oidcc_alternate_happy_flow,
            oidcc_response_type_missing,
            oidcc_idtoken_signature,
            oidcc_idtoken_unsigned,
            oidcc_userinfo_get,
            oidcc_userinfo_post_header,
            oidcc_userinfo_post_body,
            oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
            oidcc_scope_profile,
            oidcc_scope_email,
            oidcc_scope_address,
            oidcc_scope_phone,
            oidcc_scope_all,
            oidcc_display_page,
            oidcc_display_popup,
            oidcc_ui_locales,
            oidcc_claims_locales,
            oidcc_login_hint,
            oidcc_prompt_login,
            oidcc_max_age_1,
            oidcc_prompt_none_logged_in,
            oidcc_prompt_none_not_logged_in,
            oidcc_max_age_10000,
            oidcc_id_token_hint,
            oidcc_ensure_request_with_unknown_parameter_succeeds,
            oidcc_ensure_request_with_acr_values_succeeds,
            oidcc_ensure_request_with_valid_pkce_succeeds,
            oidcc_codereuse,
            oidcc_codereuse_30seconds,
            oidcc_ensure_registered_redirect_uri,
            oidcc_ensure_post_request_succeeds,
            oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
            oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
            oidcc_ensure_request_object_with_redirect_uri,
            oidcc_claims_essential,
            oidcc_refresh_token,
        );
    };
}

macro_rules! in_mode {
    ($mode:ident, $($module:ident),+ $(,)?) => {
        /// The plan's length: a module that is taken off the list does not compile.
        const _: [&str; 38] = [$(stringify!($module)),+];

        $(#[test]
        fn $module() {
            let mode = signet::protocol::oauth::ResponseMode::$mode;
            crate::conformance::relying_party::run(mode, crate::conformance::modules::$module);
        })+
    };
}

use {basic_list, in_mode};

mod basic;
mod form_post;
