//! The facts of one decision, read in one transaction.

use super::Authorized;
use crate::credentials;
use crate::model::{
    AccountId, AppState, Application, AvailableTo, AwsAccount, BrowserSession, ConsentMode, Duty,
    Factor, Group, PermissionSet, PermissionSetId, SatisfiedFactor, SecretHash, Timestamp, User,
    UserId,
};
use crate::op::Op;
use crate::policy::{
    AccessRequest, ConsentFacts, Decision, EffectivePolicy, Enrolled, Entitlement, Facts, Origin,
    Person, Policy, Target,
};
use crate::store::policies::PolicyRow;
use crate::store::users::ProofsFrom;
use crate::store::{
    StoreError, Txn, applications, assignments, aws, consents, groups, name_ids, policies,
    sessions, users,
};

/// What somebody shows for themselves: a session, what they proved in a sign-in in progress, both, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// The session that the browser's cookie names.
    pub session: Option<SecretHash>,
    /// Who is signing in, and what was proved so far.
    pub progress: Option<(UserId, Vec<SatisfiedFactor>)>,
    /// What a person granted a client, where the client comes without them.
    pub authorization: Option<Authorized>,
}

impl Proof {
    /// A session's cookie, if there is one.
    pub fn session(secret: Option<SecretHash>) -> Self {
        Self {
            session: secret,
            ..Self::default()
        }
    }

    /// A grant to a client.
    pub fn authorization(authorized: Authorized) -> Self {
        Self {
            authorization: Some(authorized),
            ..Self::default()
        }
    }
}

/// A person as the decision saw them.
#[derive(Debug, Clone)]
pub struct Known {
    /// The person.
    pub user: User,
    /// Every group that they are in: by hand, by rule, and through groups in groups.
    pub groups: Vec<Group>,
    /// The credentials that they have.
    pub enrolled: Enrolled,
    /// The persistent name by which the target application knows them, if they have one there.
    pub persistent_name: Option<String>,
}

/// A target as the decision saw it.
#[derive(Debug, Clone)]
pub enum Resolved {
    /// An application.
    Application(Box<Application>),
    /// A permission set in an account.
    Aws(Box<(AwsAccount, PermissionSet)>),
    /// The same, to see whether its role can be taken.
    Verification(Box<(AwsAccount, PermissionSet)>),
    /// The person's own pages.
    Own,
    /// The console.
    Admin,
    /// Nothing of that name.
    Unknown,
}

/// A decision, and what it was made from: whatever is issued speaks of the same person and target.
#[derive(Debug)]
pub struct Outcome {
    /// The decision.
    pub decision: Decision,
    /// Who asks.
    pub known: Option<Known>,
    /// The live session that the cookie names, whoever's it is.
    pub session: Option<BrowserSession>,
    /// For what.
    pub target: Resolved,
}

pub(super) struct Loaded {
    pub(super) request: AccessRequest,
    pub(super) facts: Facts,
    pub(super) known: Option<Known>,
    pub(super) session: Option<BrowserSession>,
    pub(super) target: Resolved,
}

pub(super) fn load(
    txn: &mut dyn Txn,
    op: &Op,
    proof: &Proof,
    request: &AccessRequest,
) -> Result<Loaded, StoreError> {
    let now = op.now;
    let session = match (&proof.session, &proof.authorization) {
        (Some(secret), _) => sessions::load(txn, secret, now)?,
        (None, Some(authorized)) => sessions::live(txn, &authorized.session_id, now)?,
        (None, None) => None,
    };
    let target = resolve(txn, &request.target)?;
    let mut request = request.clone();
    if let Resolved::Aws(pair) = &target {
        request.aws_session_seconds = Some(pair.1.session_duration_seconds);
    }
    let known = match asking(proof, session.as_ref()) {
        Some(user_id) => know(txn, user_id, &target, now)?,
        None => None,
    };
    let consent = consent(txn, known.as_ref(), &target, &request)?;
    let policy = policy_for(txn, known.as_ref(), &target)?;
    let entitlement = match &known {
        Some(known) => entitlement(txn, known, &target)?,
        None => Entitlement::NotAssigned,
    };
    // A link that was replaced, a new password, a suspension: what was proved before them in a sign-in is nothing now.
    let proofs_from = match &proof.progress {
        Some((user_id, _)) => users::proofs_from(txn, user_id)?,
        None => None,
    };
    let person = known.as_ref().map(|known| {
        let own = session.as_ref().filter(|s| s.user_id == known.user.id);
        Person {
            user_id: known.user.id.clone(),
            state: known.user.state,
            starts_at: known.user.starts_at,
            ends_at: known.user.ends_at,
            enrolled: known.enrolled,
            satisfied: proved(proof, own, proofs_from),
            session_ends_at: match &proof.authorization {
                Some(authorized) if authorized.is_offline => Some(authorized.ends_at),
                _ => own.map(|session| session.ends_at),
            },
        }
    });
    Ok(Loaded {
        request,
        facts: Facts {
            person,
            policy,
            entitlement,
            consent,
            origin: origin(op, proof, &target),
        },
        known,
        session,
        target,
    })
}

/// A command line asks from its person's own machine; what any other client asks for comes from wherever its server is.
fn origin(op: &Op, proof: &Proof, target: &Resolved) -> Origin {
    match (&proof.authorization, target) {
        (None, _) | (Some(_), Resolved::Aws(_)) => Origin::Person(op.remote_addr),
        (Some(_), _) => Origin::Client,
    }
}

/// Who is signing in goes before whose session it is: they may be another person at the same browser.
fn asking<'a>(proof: &'a Proof, session: Option<&'a BrowserSession>) -> Option<&'a UserId> {
    if let Some((user_id, _)) = &proof.progress {
        return Some(user_id);
    }
    match &proof.authorization {
        Some(authorized) if authorized.is_offline || session.is_some() => Some(&authorized.user_id),
        Some(_) => None,
        None => session.map(|session| &session.user_id),
    }
}

fn proved(
    proof: &Proof,
    own: Option<&BrowserSession>,
    proofs_from: Option<ProofsFrom>,
) -> Vec<SatisfiedFactor> {
    // What was granted rests on what was proved then: a later proof in the session adds nothing to it.
    if let Some(authorized) = &proof.authorization {
        return authorized.satisfied.clone();
    }
    let of_session = own
        .map(|session| session.factors.as_slice())
        .unwrap_or_default();
    let of_progress = proof.progress.as_ref().map(|(_, proved)| proved.as_slice());
    let mut all = of_session.to_vec();
    let counts = |proof: &&SatisfiedFactor| {
        let is_second = !matches!(proof.factor, Factor::Password | Factor::SetupLink);
        proofs_from
            .is_none_or(|from| proof.at >= from.all && (!is_second || proof.at >= from.second))
    };
    all.extend(of_progress.unwrap_or_default().iter().filter(counts));
    all
}

fn know(
    txn: &mut dyn Txn,
    user_id: &UserId,
    target: &Resolved,
    now: Timestamp,
) -> Result<Option<Known>, StoreError> {
    let Some(user) = users::by_id(txn, user_id)? else {
        return Ok(None);
    };
    let groups = groups::effective(txn, &user)?;
    let enrolled = credentials::enrolled(txn, user_id)?;
    let persistent_name = match target {
        Resolved::Application(app) => name_ids::find(txn, user_id, &app.id)?,
        _ => None,
    };
    Ok(Some(Known {
        user,
        groups,
        enrolled: Enrolled {
            password: enrolled.password,
            totp: enrolled.totp,
            recovery_codes: enrolled.recovery_codes_left > 0,
            passkey: enrolled.passkeys > 0,
            security_key: enrolled.security_keys > 0,
            pass: enrolled.pass_until.is_some_and(|until| until > now),
            needs_pass: enrolled.needs_pass,
        },
        persistent_name,
    }))
}

fn resolve(txn: &mut dyn Txn, target: &Target) -> Result<Resolved, StoreError> {
    Ok(match target {
        Target::Application { app_id } => match applications::by_id(txn, app_id)? {
            Some(application) => Resolved::Application(Box::new(application)),
            None => Resolved::Unknown,
        },
        Target::Aws {
            account_id,
            permission_set_id,
        } => match aws_pair(txn, account_id, permission_set_id)? {
            Some(pair) => Resolved::Aws(Box::new(pair)),
            None => Resolved::Unknown,
        },
        Target::AwsVerification {
            account_id,
            permission_set_id,
        } => match aws_pair(txn, account_id, permission_set_id)? {
            Some(pair) => Resolved::Verification(Box::new(pair)),
            None => Resolved::Unknown,
        },
        // For whom a pass may be made is asked where it is made.
        Target::Portal | Target::Account | Target::OwnCredentials | Target::ColleaguePass => {
            Resolved::Own
        }
        Target::Admin => Resolved::Admin,
    })
}

fn aws_pair(
    txn: &mut dyn Txn,
    account_id: &AccountId,
    permission_set_id: &PermissionSetId,
) -> Result<Option<(AwsAccount, PermissionSet)>, StoreError> {
    let account = aws::account_by_id(txn, account_id)?;
    let set = aws::permission_set_by_id(txn, permission_set_id)?;
    Ok(account.zip(set))
}

fn entitlement(
    txn: &mut dyn Txn,
    known: &Known,
    target: &Resolved,
) -> Result<Entitlement, StoreError> {
    let user = &known.user;
    let reach = assignments::Reach::new(&user.id, &known.groups);
    let assigned = match target {
        Resolved::Application(app) if app.state == AppState::Disabled => {
            return Ok(Entitlement::TargetDisabled);
        }
        Resolved::Application(app) if is_everybodys(app) => true,
        Resolved::Application(app) => assignments::app_assigned(txn, &app.id, &reach)?,
        Resolved::Aws(pair) => assignments::account_assigned(txn, &pair.0.id, &pair.1.id, &reach)?,
        Resolved::Own => true,
        // What an auditor may not do there is asked where it is done.
        Resolved::Admin => user.admin_role.may(Duty::Reading),
        Resolved::Verification(_) => user.admin_role.may(Duty::Everything),
        Resolved::Unknown => return Ok(Entitlement::TargetUnknown),
    };
    Ok(if assigned {
        Entitlement::Assigned
    } else {
        Entitlement::NotAssigned
    })
}

fn is_everybodys(app: &Application) -> bool {
    app.client()
        .is_some_and(|client| client.available_to == AvailableTo::Everybody)
}

/// What the person has agreed to, where the request asks: an administrator may have agreed for everybody, but not in the
/// place of a person whom the client wants to be asked.
fn consent(
    txn: &mut dyn Txn,
    known: Option<&Known>,
    target: &Resolved,
    request: &AccessRequest,
) -> Result<ConsentFacts, StoreError> {
    let (Some(wanted), Resolved::Application(app), Some(known)) = (&request.consent, target, known)
    else {
        return Ok(ConsentFacts::Implied);
    };
    let is_implied = app
        .client()
        .is_none_or(|client| client.consent == ConsentMode::Implied);
    if is_implied && wanted.since.is_none() {
        return Ok(ConsentFacts::Implied);
    }
    Ok(match consents::find(txn, &known.user.id, &app.id)? {
        Some(given) => ConsentFacts::Given {
            scopes: given.scopes,
            at: given.granted_at,
        },
        None => ConsentFacts::Missing,
    })
}

/// The policies that apply, folded.
fn policy_for(
    txn: &mut dyn Txn,
    known: Option<&Known>,
    target: &Resolved,
) -> Result<EffectivePolicy, StoreError> {
    let (global, others) = applying(txn, known, target)?
        .into_iter()
        .partition::<Vec<_>, _>(|(row, _)| row.scope_kind == "global");
    let global = global.into_iter().next().map(|(_, policy)| policy);
    let others: Vec<Policy> = others.into_iter().map(|(_, policy)| policy).collect();
    Ok(EffectivePolicy::strictest(
        &global.unwrap_or_default(),
        &others,
    ))
}

/// Every policy of the global scope, of the person's groups and of the target. A policy that cannot be read is an error
/// and not nothing: what it would have forbidden stays forbidden.
pub(super) fn applying(
    txn: &mut dyn Txn,
    known: Option<&Known>,
    target: &Resolved,
) -> Result<Vec<(PolicyRow, Policy)>, StoreError> {
    let mut applying = Vec::new();
    for row in policies::all(txn)? {
        let in_groups =
            || known.is_some_and(|k| k.groups.iter().any(|g| g.id.as_str() == row.scope_id));
        let applies = match row.scope_kind.as_str() {
            "global" => true,
            "group" => in_groups(),
            "application" => {
                matches!(target, Resolved::Application(app) if app.id.as_str() == row.scope_id)
            }
            "permission_set" => {
                matches!(target, Resolved::Aws(pair) if pair.1.id.as_str() == row.scope_id)
            }
            _ => {
                let reason = format!("policy {} has the unknown scope {}", row.id, row.scope_kind);
                return Err(StoreError::Data(reason));
            }
        };
        if !applies {
            continue;
        }
        let policy = row.says()?;
        applying.push((row, policy));
    }
    Ok(applying)
}
