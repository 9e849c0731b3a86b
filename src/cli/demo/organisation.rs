//! The demonstration's organisation, made through the same services as every other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Addresses;
use crate::apps::NewApplication;
use crate::audit::LinkPurpose;
use crate::cli::CliError;
use crate::demo::service_provider_metadata;
use crate::directory::{Invitations, NewUser, Profile, Travel};
use crate::model::{
    AccountAssignment, AccountColour, AccountId, AdminRole, ApiScope, AppAssignment, Application,
    AwsAccount, Client, Group, PermissionSet, PermissionSetId, Principal, Registration,
    RoleContent, Secret, ServiceProvider, Span, User, UserId, UserState,
};
use crate::op::Op;
use crate::web::{App, routes};

/// The name of the SAML provider in both accounts.
pub(super) const PROVIDER: &str = "Signet";
const PARTITION: &str = "aws";
const LINK_LIFETIME: Span = Span::days(7);
const TOKEN_LIFETIME: Span = Span::days(30);
const TOTP_STEP: Span = Span::seconds(30);

/// An account with its name, its mail address and the permission sets that exist there.
pub(super) const ACCOUNTS: [(&str, &str, &str); 2] = [
    ("111111111111", "Production", "aws-production@example.com"),
    ("222222222222", "Sandbox", "aws-sandbox@example.com"),
];

/// A permission set: name, description, session in seconds, AWS's policy.
const PERMISSION_SETS: [(&str, &str, u32, &str); 2] = [
    (
        "Administrator",
        "Everything, for an hour",
        3_600,
        "AdministratorAccess",
    ),
    (
        "ReadOnly",
        "Looking, for a working day",
        28_800,
        "ReadOnlyAccess",
    ),
];

/// Group, account, permission set.
const ASSIGNMENTS: [(&str, &str, &str); 6] = [
    ("Platform engineers", "111111111111", "Administrator"),
    ("Platform engineers", "222222222222", "Administrator"),
    ("Developers", "111111111111", "ReadOnly"),
    ("Developers", "222222222222", "ReadOnly"),
    ("Developers", "222222222222", "Administrator"),
    ("Auditors", "111111111111", "ReadOnly"),
];

struct Member {
    user_name: &'static str,
    given_name: &'static str,
    family_name: &'static str,
    admin_role: AdminRole,
    department: &'static str,
    groups: &'static [&'static str],
}

const PEOPLE: [Member; 3] = [
    Member {
        user_name: "alice",
        given_name: "Alice",
        family_name: "Archer",
        admin_role: AdminRole::None,
        department: "Platform",
        groups: &["Platform engineers", "Developers"],
    },
    Member {
        user_name: "bob",
        given_name: "Bob",
        family_name: "Baker",
        admin_role: AdminRole::None,
        department: "Shop",
        groups: &["Developers"],
    },
    Member {
        user_name: "carol",
        given_name: "Carol",
        family_name: "Clerk",
        admin_role: AdminRole::Auditor,
        department: "Finance",
        groups: &["Auditors"],
    },
];

const GROUPS: [(&str, &str); 3] = [
    ("Platform engineers", "They run the accounts"),
    ("Developers", "They build the shop"),
    ("Auditors", "They look, and change nothing"),
];

/// A person with what they sign in with, for whoever shows the demonstration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Credentials {
    pub(super) user_name: String,
    pub(super) password: String,
    /// Base32.
    pub(super) totp_secret: String,
    pub(super) groups: Vec<String>,
}

/// The organisation as made.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) setup_link: String,
    pub(super) people: Vec<Credentials>,
    pub(super) oauth_client: ClientCredentials,
    pub(super) api_token: String,
}

/// The demonstration's OAuth client as its owner knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClientCredentials {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) redirect_uri: String,
}

/// The IAM role of a permission set.
pub(super) fn role_path(permission_set: &str) -> String {
    format!("signet/Signet_{permission_set}")
}

/// The roles that exist in every account of the simulated AWS.
pub(super) fn role_paths() -> Vec<String> {
    PERMISSION_SETS
        .iter()
        .map(|(name, ..)| role_path(name))
        .collect()
}

/// Makes all of it in an empty instance.
pub(super) async fn make(app: &App, op: &Op, at: &Addresses) -> Result<Made, CliError> {
    let mut groups = BTreeMap::new();
    for (name, description) in GROUPS {
        let group = app.directory.create_group(op, name, description).await?;
        groups.insert(name, group);
    }
    let mut people = Vec::new();
    for member in &PEOPLE {
        people.push(make_person(app, op, member, &groups).await?);
    }
    make_accounts(app, op, &groups).await?;
    make_application(app, op, &at.sp_url, &groups).await?;
    let oauth_client = make_client(app, op, &at.client_url, &groups).await?;
    let (administrator, setup_link) = make_administrator(app, op).await?;
    invite_somebody(app, op, &groups).await?;
    let scopes = ("Demo", ApiScope::ALL.as_slice());
    let token = app
        .credentials
        .create_api_token(op, &administrator, scopes, TOKEN_LIFETIME);
    let (_, api_token) = token.await?;
    Ok(Made {
        setup_link,
        people,
        oauth_client,
        api_token,
    })
}

/// The first mail of the mail box.
async fn invite_somebody(
    app: &App,
    op: &Op,
    groups: &BTreeMap<&'static str, Group>,
) -> Result<(), CliError> {
    let developers = groups.get("Developers").map(|group| group.id.clone());
    let invitations = Invitations {
        addresses: "Dora Decker <dora@example.com>".to_owned(),
        groups: developers.into_iter().collect(),
        lifetime: LINK_LIFETIME,
        links_at: app.site.url(&routes::invite("")),
        travel: Travel::ByMail,
    };
    let services = (&app.credentials, &app.outbox);
    app.directory.invite(op, services, &invitations).await?;
    Ok(())
}

async fn make_person(
    app: &App,
    op: &Op,
    member: &Member,
    groups: &BTreeMap<&'static str, Group>,
) -> Result<Credentials, CliError> {
    let department = vec![member.department.to_owned()];
    let user = app
        .directory
        .create_user(
            op,
            NewUser {
                user_name: member.user_name.to_owned(),
                state: UserState::Invited,
                admin_role: member.admin_role,
                profile: Profile {
                    email: format!("{}@example.com", member.user_name),
                    display_name: format!("{} {}", member.given_name, member.family_name),
                    given_name: member.given_name.to_owned(),
                    family_name: member.family_name.to_owned(),
                    attributes: BTreeMap::from([("department".to_owned(), department)]),
                },
            },
        )
        .await?;
    for name in member.groups {
        if let Some(group) = groups.get(name) {
            app.directory.add_member(op, &group.id, &user.id).await?;
        }
    }
    // Whoever is just joining gets no notices.
    let (password, totp_secret) = enroll(app, op, &user).await?;
    app.directory.accept_invitation(op, &user.id).await?;
    Ok(Credentials {
        user_name: member.user_name.to_owned(),
        password,
        totp_secret,
        groups: member.groups.iter().map(|g| (*g).to_owned()).collect(),
    })
}

/// A random password and an authenticator. It is confirmed by the code before the present one, so that the present one
/// still works.
async fn enroll(app: &App, op: &Op, user: &User) -> Result<(String, String), CliError> {
    let password = readable_password(op);
    app.credentials
        .set_password(op, &user.id, Secret::from_text(password.clone()))
        .await?
        .map_err(|e| CliError::Refused(format!("{e:?}")))?;
    let device = app.credentials.begin_totp(op, user, "demo").await?;
    let code = code_at(&device.secret_base32, op.now.minus(TOTP_STEP).as_seconds())?;
    app.credentials
        .confirm_totp(op, &user.id, (&device.device_id, ""), &code)
        .await?;
    Ok((password, device.secret_base32))
}

/// 80 bits in four groups that can be typed.
fn readable_password(op: &Op) -> String {
    let digits = hex::encode(op.entropy.octets::<10>());
    let groups: Vec<String> = digits
        .as_bytes()
        .chunks(5)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    groups.join("-")
}

fn code_at(secret_base32: &str, seconds: i64) -> Result<String, CliError> {
    let failed = |e: &dyn std::fmt::Display| CliError::failed("a code cannot be made", e);
    let at = u64::try_from(seconds).map_err(|e| failed(&e))?;
    let secret = totp_rs::Secret::try_from_base32(secret_base32).map_err(|e| failed(&e))?;
    let totp = totp_rs::Builder::new()
        .with_secret(secret)
        .build()
        .map_err(|e| failed(&e))?;
    Ok(totp.generate(at).to_string())
}

async fn make_accounts(
    app: &App,
    op: &Op,
    groups: &BTreeMap<&'static str, Group>,
) -> Result<(), CliError> {
    let mut sets = BTreeMap::new();
    for (name, description, seconds, policy) in PERMISSION_SETS {
        let set = PermissionSet {
            id: PermissionSetId::from_random(op.entropy.octets()),
            name: name.to_owned(),
            description: description.to_owned(),
            role_path: role_path(name),
            session_duration_seconds: seconds,
            relay_state: None,
            session_tags: BTreeMap::from([
                ("department".to_owned(), "attributes.department".to_owned()),
                ("email".to_owned(), "email".to_owned()),
            ]),
            transitive_tag_keys: vec!["department".to_owned()],
            role: RoleContent {
                managed_policies: vec![policy.to_owned()],
                ..RoleContent::default()
            },
            revision: 0,
        };
        let set = app.apps.create_permission_set(op, set).await?;
        sets.insert(name, set.id);
    }
    for (id, name, email) in ACCOUNTS {
        let account = AwsAccount {
            id: account_id(id)?,
            name: name.to_owned(),
            email: email.to_owned(),
            partition: PARTITION.to_owned(),
            provider_name: PROVIDER.to_owned(),
            path: "/".to_owned(),
            labels: vec![name.to_lowercase()],
            colour: AccountColour::None,
            revision: 0,
        };
        app.apps.add_account(op, account).await?;
    }
    for (group, account, set) in ASSIGNMENTS {
        if let (Some(group), Some(set)) = (groups.get(group), sets.get(set)) {
            let assignment = AccountAssignment {
                account_id: account_id(account)?,
                permission_set_id: set.clone(),
                principal: Principal::Group(group.id.clone()),
            };
            app.apps.assign_account(op, assignment).await?;
        }
    }
    Ok(())
}

pub(super) fn account_id(digits: &str) -> Result<AccountId, CliError> {
    AccountId::parse(digits).map_err(|e| CliError::failed("an account id", e))
}

async fn make_application(
    app: &App,
    op: &Op,
    sp_url: &str,
    groups: &BTreeMap<&'static str, Group>,
) -> Result<(), CliError> {
    let metadata = service_provider_metadata(sp_url);
    let saml = ServiceProvider {
        allow_idp_initiated: true,
        ..NewApplication::service_provider(metadata.as_bytes(), op.now)?
    };
    let new = NewApplication {
        name: "Demo service provider".to_owned(),
        registration: Registration::Saml(saml),
    };
    let application = app.apps.register(op, new).await?;
    assign_to_all(app, op, &application, groups).await
}

async fn assign_to_all(
    app: &App,
    op: &Op,
    application: &Application,
    groups: &BTreeMap<&'static str, Group>,
) -> Result<(), CliError> {
    for group in groups.values() {
        let assignment = AppAssignment {
            app_id: application.id.clone(),
            principal: Principal::Group(group.id.clone()),
        };
        app.apps.assign(op, assignment).await?;
    }
    Ok(())
}

async fn make_client(
    app: &App,
    op: &Op,
    url: &str,
    groups: &BTreeMap<&'static str, Group>,
) -> Result<ClientCredentials, CliError> {
    let redirect_uri = format!("{url}/callback");
    let registration = serde_json::json!({
        "client_id": "demo-client",
        "redirect_uris": [redirect_uri],
        "post_logout_redirect_uris": [format!("{url}/signed-out")],
        "backchannel_logout_uri": format!("{url}/backchannel-logout"),
        "initiate_login_uri": format!("{url}/start"),
        "grant_types": ["authorization_code", "refresh_token"],
        "scopes": ["openid", "profile", "email", "groups", "offline_access"],
        "consent": "required",
    });
    let client: Client = serde_json::from_value(registration)
        .map_err(|e| CliError::failed("the demo's client", e))?;
    let client_id = client.client_id.to_string();
    let new = NewApplication {
        name: "Demo OAuth client".to_owned(),
        registration: Registration::Client(client),
    };
    let application = app.apps.register(op, new).await?;
    assign_to_all(app, op, &application, groups).await?;
    let secret = app.apps.new_client_secret(op, &application.id).await?;
    let secret = secret
        .expose_text()
        .map_err(|e| CliError::failed("the demo's client", e))?;
    Ok(ClientCredentials {
        client_id,
        client_secret: secret.to_owned(),
        redirect_uri,
    })
}

/// The administrator sets up everything by the link, as after `signet init`.
async fn make_administrator(app: &App, op: &Op) -> Result<(UserId, String), CliError> {
    let user = app
        .directory
        .create_user(
            op,
            NewUser {
                user_name: "admin".to_owned(),
                state: UserState::Active,
                admin_role: AdminRole::Administrator,
                profile: Profile {
                    email: "admin@example.com".to_owned(),
                    display_name: "Ada Admin".to_owned(),
                    given_name: "Ada".to_owned(),
                    family_name: "Admin".to_owned(),
                    attributes: BTreeMap::new(),
                },
            },
        )
        .await?;
    if let Some(group) = app.directory.group_by_name("Platform engineers").await? {
        app.directory.add_member(op, &group.id, &user.id).await?;
    }
    let token = app
        .credentials
        .issue_link(op, &user.id, LinkPurpose::Setup, LINK_LIFETIME)
        .await?;
    Ok((user.id, app.site.url(&routes::invite(&token))))
}
