//! Every path, in one place.

use actix_web::web::{self, PayloadConfig, ServiceConfig};

use super::{account, admin, api, aws, files, oauth, portal, saml, signin};
use crate::audit::TimeCursor;
use crate::model::{AccountId, DeviceId, GroupId, PendingId, PermissionSetId, UserId};

/// The portal.
pub const PORTAL: &str = "/";
/// Another name of the portal.
pub const START: &str = "/start";
/// A person's own pages.
pub const ACCOUNT: &str = "/account";
/// Changes one's own password.
pub const OWN_PASSWORD: &str = "/account/password";
/// Makes new recovery codes.
pub const OWN_RECOVERY_CODES: &str = "/account/recovery-codes";
/// A new passkey.
pub const OWN_NEW_PASSKEY: &str = "/account/new/passkey";
/// A new security key.
pub const OWN_NEW_SECURITY_KEY: &str = "/account/new/security-key";
/// A new authenticator app.
pub const OWN_NEW_TOTP: &str = "/account/new-app";
/// Another mail address.
pub const OWN_ADDRESS: &str = "/account/email";
/// A pass for a colleague.
pub const COLLEAGUE_PASS: &str = "/account/pass";
/// What one did.
pub const OWN_ACTIVITY: &str = "/account/activity";
/// What clients have of one.
pub const OWN_GRANTS: &str = "/account/applications";
/// Everything that is known of one.
pub const OWN_EXPORT: &str = "/account/export";
/// How pages look.
pub const OWN_LOOK: &str = "/account/look";
/// Ends a session of one's own.
pub const REVOKE_SESSION: &str = "/account/sessions/revoke";
/// Ends every other session of one's own.
pub const REVOKE_OTHERS: &str = "/account/sessions/revoke-others";
/// Every role of one's own, for the portal's script.
pub const OWN_ROLES: &str = "/account/roles";
/// Marks a role of one's own.
pub const MARK_ROLE: &str = "/account/roles/mark";
/// The console.
pub const ADMIN: &str = "/admin";
/// People.
pub const PEOPLE: &str = "/admin/people";
/// Inviting people.
pub const INVITE_PEOPLE: &str = "/admin/people/invite";
/// Many people at once.
pub const IMPORT_PEOPLE: &str = "/admin/people/import";
/// What is protected.
pub const PROTECTION: &str = "/admin/protection";
/// Groups.
pub const GROUPS: &str = "/admin/groups";
/// AWS: accounts and permission sets.
pub const AWS: &str = "/admin/aws";
/// A new permission set.
pub const NEW_SET: &str = "/admin/aws/sets/new";
/// Permission sets.
pub const SETS: &str = "/admin/aws/sets";
/// Assigning.
pub const ASSIGN: &str = "/admin/aws/assign";
/// The roles of every account of a partition, as one text.
pub const ALL_ROLES: &str = "/admin/aws/roles";
/// Who can take what in AWS, and why.
pub const REACH: &str = "/admin/aws/access";
/// The portal's own address.
pub const PORTAL_ADDRESS: &str = "/admin/portal";
/// Policies, and the simulator.
pub const POLICIES: &str = "/admin/policies";
/// The audit.
pub const AUDIT: &str = "/admin/audit";
/// What became of applications' attempts.
pub const TRACES: &str = "/admin/traces";
/// Sign out.
pub const SIGN_OUT: &str = "/signout";
/// A one-time link.
pub const INVITE: &str = "/invite/{token}";
/// SAML metadata.
pub const SAML_METADATA: &str = "/saml/metadata";
/// SAML single sign-on.
pub const SAML_SSO: &str = "/saml/sso";
/// A sign-in that starts from our side.
pub const SAML_START: &str = "/saml/start/{app}";
/// AWS's console.
pub const AWS_CONSOLE: &str = "/aws/console";
/// Credentials of a role, for a command line.
pub const AWS_COMMAND_LINE: &str = "/aws/command-line";
/// Provider metadata (OpenID Connect discovery, section 4).
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// The same (RFC 8414, section 3).
pub const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
/// The authorization endpoint.
pub const OAUTH_AUTHORIZE: &str = "/oauth2/authorize";
/// The token endpoint.
pub const OAUTH_TOKEN: &str = "/oauth2/token";
/// Userinfo.
pub const OAUTH_USERINFO: &str = "/oauth2/userinfo";
/// Introspection.
pub const OAUTH_INTROSPECT: &str = "/oauth2/introspect";
/// Revocation.
pub const OAUTH_REVOKE: &str = "/oauth2/revoke";
/// The keys of tokens.
pub const OAUTH_JWKS: &str = "/oauth2/jwks";
/// Sign-out by a client.
pub const OAUTH_END_SESSION: &str = "/oauth2/end_session";
/// A person's roles in AWS.
pub const API_AWS_ROLES: &str = "/api/v1/aws/roles";
/// The assertion for one of them.
pub const API_AWS_ASSERTIONS: &str = "/api/v1/aws/assertions";
/// The credentials of one of them.
pub const API_AWS_CREDENTIALS: &str = "/api/v1/aws/credentials";
/// People, for programs.
pub const API_USERS: &str = "/api/v1/users";
/// Inviting people, for programs.
pub const API_INVITATIONS: &str = "/api/v1/invitations";
/// What became of applications' attempts, for programs.
pub const API_TRACES: &str = "/api/v1/traces";
/// Our own files.
pub const STATIC: &str = "/static/{name}";

/// The dispatcher of a sign-in.
pub fn sign_in(id: &PendingId) -> String {
    format!("/signin/{id}")
}

/// A step of a sign-in: `password`, `passkey`, `code`, `recovery-code`, `pass`, `set-password`, `add-passkey`, `confirm`,
/// `decline`.
pub fn sign_in_step(id: &PendingId, step: &str) -> String {
    format!("/signin/{id}/{step}")
}

/// The path of a one-time link.
pub fn invite(token: &str) -> String {
    format!("/invite/{token}")
}

/// What is left of somebody who has left.
pub fn leaving(id: &UserId) -> String {
    format!("{PEOPLE}/{id}/leaving")
}

/// Who a person is.
pub fn details(id: &UserId) -> String {
    format!("{PEOPLE}/{id}/details")
}

/// An AWS account's page.
pub fn account(id: &AccountId) -> String {
    format!("/admin/aws/accounts/{id}")
}

/// A change of an AWS account, or a part of its page: `change`, `verify`, `unassign`, `delete`, `roles`.
pub fn account_act(id: &AccountId, act: &str) -> String {
    format!("/admin/aws/accounts/{id}/{act}")
}

/// A permission set's page.
pub fn permission_set(id: &PermissionSetId) -> String {
    format!("{SETS}/{id}")
}

/// A change of a permission set: `change` or `delete`.
pub fn permission_set_act(id: &PermissionSetId, act: &str) -> String {
    format!("{SETS}/{id}/{act}")
}

/// A role's link to AWS's console.
pub fn console(account_id: &str, role_name: &str) -> String {
    of_role(AWS_CONSOLE, account_id, role_name)
}

/// A role's page with credentials.
pub fn command_line(account_id: &str, role_name: &str) -> String {
    of_role(AWS_COMMAND_LINE, account_id, role_name)
}

fn of_role(path: &str, account_id: &str, role_name: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("account_id", account_id)
        .append_pair("role_name", role_name)
        .finish();
    format!("{path}?{query}")
}

/// The portal with an account unfolded.
pub fn unfolded(account_id: &str) -> String {
    format!("{PORTAL}?account={account_id}")
}

/// One person in the console.
pub fn person(id: &UserId) -> String {
    format!("{PEOPLE}/{id}")
}

/// A change of a person: `state`, `role`, `link`, `pass`, `factors`, `join`, `leave`.
pub fn person_act(id: &UserId, act: &str) -> String {
    format!("{PEOPLE}/{id}/{act}")
}

/// People from behind a user name on.
pub fn people_after(query: &str, after: &str) -> String {
    page_after(PEOPLE, query, after)
}

/// Groups from behind a name on.
pub fn groups_after(query: &str, after: &str) -> String {
    page_after(GROUPS, query, after)
}

fn page_after(path: &str, query: &str, after: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", query)
        .append_pair("after", after)
        .finish();
    format!("{path}?{query}")
}

/// One group in the console.
pub fn group(id: &GroupId) -> String {
    format!("{GROUPS}/{id}")
}

/// A change of a group: `add`, `remove`, `delete`.
pub fn group_act(id: &GroupId, act: &str) -> String {
    format!("{GROUPS}/{id}/{act}")
}

/// One of applications' attempts.
pub fn trace(id: &str) -> String {
    format!("{TRACES}/{id}")
}

/// The link that confirms a change of a mail address.
pub fn confirm_address(token: &str) -> String {
    format!("/account/email/{token}")
}

/// What one did before a record.
pub fn own_activity_before(cursor: &TimeCursor) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("before", &cursor.to_string())
        .finish();
    format!("{OWN_ACTIVITY}?{query}")
}

/// Something that one signs in with.
pub fn own_device(id: &DeviceId) -> String {
    format!("/account/devices/{id}")
}

/// A change of it: `rename` or `remove`.
pub fn own_device_act(id: &DeviceId, act: &str) -> String {
    format!("/account/devices/{id}/{act}")
}

/// The start of an application from our side.
pub fn saml_start(app_id: &str) -> String {
    format!("/saml/start/{app_id}")
}

/// Every route of the public listener. A form has at most 256 KiB: a SAML request of 64 KiB in base64 and percent
/// escapes. They are tried in this order: what applications and sign-ins ask for all the time stands first.
pub fn configure(config: &mut ServiceConfig) {
    config
        .app_data(PayloadConfig::new(256 * 1024))
        .app_data(web::FormConfig::default().limit(16 * 1024))
        .route(SAML_METADATA, web::get().to(saml::metadata::show))
        .route(SAML_SSO, web::get().to(saml::sso::redirect))
        .route(SAML_SSO, web::post().to(saml::sso::post))
        .route(SAML_START, web::get().to(saml::start::start))
        .route(
            OPENID_CONFIGURATION,
            web::get().to(oauth::discovery::metadata),
        )
        .route(OAUTH_METADATA, web::get().to(oauth::discovery::metadata))
        .route(OAUTH_JWKS, web::get().to(oauth::discovery::jwks))
        .route(OAUTH_AUTHORIZE, web::get().to(oauth::authorize::get))
        .route(OAUTH_AUTHORIZE, web::post().to(oauth::authorize::post))
        .route(OAUTH_TOKEN, web::post().to(oauth::token::exchange))
        .route(OAUTH_USERINFO, web::get().to(oauth::userinfo::show))
        .route(OAUTH_USERINFO, web::post().to(oauth::userinfo::show))
        .route(
            OAUTH_INTROSPECT,
            web::post().to(oauth::tokens_shown::introspect),
        )
        .route(OAUTH_REVOKE, web::post().to(oauth::tokens_shown::revoke))
        .route(OAUTH_END_SESSION, web::get().to(oauth::end_session::get))
        .route(OAUTH_END_SESSION, web::post().to(oauth::end_session::post))
        .route(SIGN_OUT, web::get().to(signin::sign_out::ask))
        .route(SIGN_OUT, web::post().to(signin::sign_out::sign_out))
        .route(INVITE, web::get().to(signin::link::show))
        .route(INVITE, web::post().to(signin::link::redeem))
        .route("/signin/{id}", web::get().to(signin::show))
        .route(
            "/signin/{id}/password",
            web::post().to(signin::password::submit),
        )
        .route(
            "/signin/{id}/code",
            web::post().to(signin::code::submit_totp),
        )
        .route(
            "/signin/{id}/recovery-code",
            web::get().to(signin::code::show_recovery),
        )
        .route(
            "/signin/{id}/recovery-code",
            web::post().to(signin::code::submit_recovery),
        )
        .route("/signin/{id}/pass", web::get().to(signin::code::show_pass))
        .route(
            "/signin/{id}/pass",
            web::post().to(signin::code::submit_pass),
        )
        .route(
            "/signin/{id}/passkey",
            web::post().to(signin::passkey::submit),
        )
        .route(
            "/signin/{id}/add-passkey",
            web::post().to(signin::passkey::add),
        )
        .route(
            "/signin/{id}/set-password",
            web::post().to(signin::enroll::set_password),
        )
        .route(
            "/signin/{id}/confirm",
            web::post().to(signin::enroll::confirm),
        )
        .route(
            "/signin/{id}/consent",
            web::post().to(signin::consent::submit),
        )
        .route("/signin/{id}/decline", web::post().to(signin::decline))
        .route(PORTAL, web::get().to(portal::show))
        .route(START, web::get().to(portal::show))
        .route("/start/", web::get().to(portal::show))
        .route(OWN_ROLES, web::get().to(portal::roles))
        .route(MARK_ROLE, web::post().to(portal::mark))
        .route(ACCOUNT, web::get().to(account::show))
        .route(OWN_PASSWORD, web::get().to(account::change::ask_password))
        .route(OWN_PASSWORD, web::post().to(account::change::set_password))
        .route(
            OWN_RECOVERY_CODES,
            web::get().to(account::change::ask_recovery_codes),
        )
        .route(
            OWN_RECOVERY_CODES,
            web::post().to(account::change::make_recovery_codes),
        )
        .route(
            "/account/new/{kind}",
            web::get().to(account::devices::ask_key),
        )
        .route(
            "/account/new/{kind}",
            web::post().to(account::devices::add_key),
        )
        .route(OWN_NEW_TOTP, web::get().to(account::devices::ask_totp))
        .route(OWN_NEW_TOTP, web::post().to(account::devices::add_totp))
        .route(
            "/account/devices/{id}",
            web::get().to(account::devices::one),
        )
        .route(
            "/account/devices/{id}/{act}",
            web::post().to(account::devices::change),
        )
        .route(OWN_ADDRESS, web::get().to(account::address::ask))
        .route(OWN_ADDRESS, web::post().to(account::address::begin))
        .route(
            "/account/email/{token}",
            web::get().to(account::address::ask_confirm),
        )
        .route(
            "/account/email/{token}",
            web::post().to(account::address::confirm),
        )
        .route(COLLEAGUE_PASS, web::get().to(account::pass::ask))
        .route(COLLEAGUE_PASS, web::post().to(account::pass::make))
        .route(OWN_ACTIVITY, web::get().to(account::own::activity))
        .route(OWN_GRANTS, web::get().to(account::own::grants))
        .route(OWN_GRANTS, web::post().to(account::own::take_back))
        .route(OWN_EXPORT, web::get().to(account::own::export))
        .route(OWN_LOOK, web::get().to(account::own::ask_look))
        .route(OWN_LOOK, web::post().to(account::own::set_look))
        .route(REVOKE_SESSION, web::post().to(account::revoke))
        .route(REVOKE_OTHERS, web::post().to(account::revoke_others))
        .route(ADMIN, web::get().to(admin::home::home))
        .route(PEOPLE, web::get().to(admin::people::list))
        .route(INVITE_PEOPLE, web::get().to(admin::invite::ask))
        .route(INVITE_PEOPLE, web::post().to(admin::invite::invite))
        .route(IMPORT_PEOPLE, web::get().to(admin::import::ask))
        .route(IMPORT_PEOPLE, web::post().to(admin::import::import))
        .route(PROTECTION, web::get().to(admin::protection::show_all))
        .route(PROTECTION, web::post().to(admin::protection::change))
        .route(
            "/admin/people/{id}/leaving",
            web::post().to(admin::leaving::erase),
        )
        .route("/admin/people/{id}", web::get().to(admin::person::one))
        .route(
            "/admin/people/{id}/details",
            web::get().to(admin::details::ask),
        )
        .route(
            "/admin/people/{id}/details",
            web::post().to(admin::details::save),
        )
        .route(
            "/admin/people/{id}/leaving",
            web::get().to(admin::leaving::receipt),
        )
        .route(
            "/admin/people/{id}/{act}",
            web::post().to(admin::person::change),
        )
        .route(GROUPS, web::get().to(admin::groups::list))
        .route(GROUPS, web::post().to(admin::groups::make))
        .route("/admin/groups/{id}", web::get().to(admin::group::one))
        .route(
            "/admin/groups/{id}/{act}",
            web::post().to(admin::group::change),
        )
        .route(PORTAL_ADDRESS, web::get().to(admin::portal::ask))
        .route(PORTAL_ADDRESS, web::post().to(admin::portal::set))
        .route(AUDIT, web::get().to(admin::audit::list))
        .route(POLICIES, web::get().to(admin::policies::show_all))
        .route(POLICIES, web::post().to(admin::policies::set))
        .route(AWS, web::get().to(admin::aws::list))
        .route(AWS, web::post().to(admin::aws::add_account))
        .route(NEW_SET, web::get().to(admin::aws_set::ask))
        .route(SETS, web::post().to(admin::aws_set::make))
        .route("/admin/aws/sets/{id}", web::get().to(admin::aws_set::one))
        .route(
            "/admin/aws/sets/{id}/{act}",
            web::post().to(admin::aws_set::change),
        )
        .route(ASSIGN, web::get().to(admin::aws_assign::ask))
        .route(ASSIGN, web::post().to(admin::aws_assign::assign))
        .route(ALL_ROLES, web::get().to(admin::aws_roles::everywhere))
        .route(REACH, web::get().to(admin::reach::ask))
        .route(
            "/admin/aws/accounts/{id}",
            web::get().to(admin::aws_account::one),
        )
        .route(
            "/admin/aws/accounts/{id}/roles",
            web::get().to(admin::aws_roles::of_account),
        )
        .route(
            "/admin/aws/accounts/{id}/{act}",
            web::post().to(admin::aws_account::change),
        )
        .route(TRACES, web::get().to(admin::traces::list))
        .route("/admin/traces/{id}", web::get().to(admin::traces::one))
        .route(API_AWS_ROLES, web::get().to(api::aws::roles))
        .route(API_AWS_ASSERTIONS, web::post().to(api::aws::assertion))
        .route(API_AWS_CREDENTIALS, web::post().to(api::aws::credentials))
        .route(API_USERS, web::get().to(api::organisation::users))
        .route(API_INVITATIONS, web::post().to(api::organisation::invite))
        .route(API_TRACES, web::get().to(api::organisation::traces))
        .route(AWS_CONSOLE, web::get().to(aws::console::console))
        .route(AWS_COMMAND_LINE, web::get().to(aws::command_line::show))
        .route(
            AWS_COMMAND_LINE,
            web::post().to(aws::command_line::credentials),
        )
        .route(STATIC, web::get().to(files::show))
        .default_service(web::route().to(portal::elsewhere));
}
