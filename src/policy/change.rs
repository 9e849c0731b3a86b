//! The decision about a change in the organisation: who may change whom.

use crate::model::{AdminRole, Duty, UserId, UserState};

/// What is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Somebody new, or a new invitation of somebody who has not come yet.
    NewPerson,
    /// A person's name, address and attributes.
    Profile,
    /// Whether a person may sign in.
    State,
    /// What a person may do in Signet.
    Role,
    /// That a person is there at all.
    Removal,
    /// How a person signs in: a new link that is mailed to them, factors that end.
    Credentials,
    /// A pass for somebody who has lost every second factor.
    Pass,
    /// A link for a person that is shown to whoever asks for it, who could use it in their place.
    ShownLink,
    /// A group's name, or a new one.
    Group,
    /// That a group is there at all, with everything that it carries.
    GroupRemoval,
    /// That a person is a member of a group.
    Membership,
    /// That the members of one group are members of another.
    Nesting,
    /// Who is in a group by what they are.
    GroupRule,
    /// Tokens of the API.
    Token,
    /// An application, and who may use it.
    Application,
    /// An AWS account.
    Account,
    /// A permission set.
    PermissionSet,
    /// Who may take a permission set in an account.
    AccountAssignment,
    /// A policy.
    Policy,
    /// The portal's own address.
    PortalAddress,
    /// That something is protected.
    Protection,
    /// What another administrator wants to do to something that is protected.
    Approval,
}

impl Change {
    /// Every one.
    pub const ALL: [Self; 22] = [
        Self::NewPerson,
        Self::Profile,
        Self::State,
        Self::Role,
        Self::Removal,
        Self::Credentials,
        Self::Pass,
        Self::ShownLink,
        Self::Group,
        Self::GroupRemoval,
        Self::Membership,
        Self::Nesting,
        Self::GroupRule,
        Self::Token,
        Self::Application,
        Self::Account,
        Self::PermissionSet,
        Self::AccountAssignment,
        Self::Policy,
        Self::PortalAddress,
        Self::Protection,
        Self::Approval,
    ];

    /// Its name in the audit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewPerson => "new_person",
            Self::Profile => "profile",
            Self::State => "state",
            Self::Role => "role",
            Self::Removal => "removal",
            Self::Credentials => "credentials",
            Self::Pass => "pass",
            Self::ShownLink => "shown_link",
            Self::Group => "group",
            Self::GroupRemoval => "group_removal",
            Self::Membership => "membership",
            Self::Nesting => "nesting",
            Self::GroupRule => "group_rule",
            Self::Token => "token",
            Self::Application => "application",
            Self::Account => "account",
            Self::PermissionSet => "permission_set",
            Self::AccountAssignment => "account_assignment",
            Self::Policy => "policy",
            Self::PortalAddress => "portal_address",
            Self::Protection => "protection",
            Self::Approval => "approval",
        }
    }

    const fn duty(self) -> Duty {
        match self {
            Self::Role
            | Self::ShownLink
            | Self::GroupRemoval
            | Self::Nesting
            | Self::GroupRule
            | Self::Token
            | Self::Account
            | Self::PermissionSet
            | Self::AccountAssignment
            | Self::Policy
            | Self::PortalAddress
            | Self::Protection
            | Self::Approval => Duty::Everything,
            Self::Application => Duty::Applications,
            Self::NewPerson
            | Self::Profile
            | Self::State
            | Self::Removal
            | Self::Credentials
            | Self::Pass
            | Self::Group
            | Self::Membership => Duty::People,
        }
    }
}

/// Who changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changer {
    /// Who.
    pub id: UserId,
    /// What they may do.
    pub role: AdminRole,
    /// Where they stand.
    pub state: UserState,
}

/// Who is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Who.
    pub id: UserId,
    /// What they may do.
    pub role: AdminRole,
    /// Whether they may take a role in AWS, or make passes for others.
    pub has_rights: bool,
    /// Whether the policies over them name the changer among those who may make them a pass.
    pub names_changer: bool,
}

/// What else a change touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Groups {
    /// No group, or groups that carry nothing.
    Plain,
    /// A group that carries roles in AWS, or a policy.
    CarryRights,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefusal {
    /// Their role does not let them.
    #[error("your role does not let you do this; ask an administrator")]
    NotYourDuty,
    /// The subject's role is above theirs.
    #[error("only an administrator may change somebody with a role of that kind")]
    AboveYou,
    /// Roles in AWS, or a policy, hang on it.
    #[error(
        "only an administrator may do this where roles in AWS or a policy hang on the person or the group"
    )]
    CarriesRights,
    /// It would be about themselves.
    #[error("nobody does this to themselves; ask another administrator")]
    Yourself,
    /// It is about something that is protected.
    #[error(
        "this is protected: a second administrator must agree first, within the hour; then do it again"
    )]
    NeedsSecond,
    /// There is nobody any more whom it is about.
    #[error("that person is not there any more")]
    Gone,
}

/// Decides. Pure and total; the first rule that does not hold is the answer. No changer is nobody who has signed in.
///
/// # Errors
/// Why not.
pub fn decide_change(
    changer: Option<&Changer>,
    change: Change,
    subject: Option<&Subject>,
    groups: Groups,
) -> Result<(), ChangeRefusal> {
    let changer = changer
        .filter(|changer| changer.state == UserState::Active)
        .ok_or(ChangeRefusal::NotYourDuty)?;
    if change == Change::Pass && subject.is_some_and(|subject| is_their_colleague(changer, subject))
    {
        return Ok(());
    }
    if !changer.role.may(change.duty()) {
        return Err(ChangeRefusal::NotYourDuty);
    }
    let is_administrator = changer.role == AdminRole::Administrator;
    if let Some(subject) = subject {
        if subject.id == changer.id {
            return to_oneself(change, is_administrator, subject, groups);
        }
        // Whoever resets somebody, or takes over their address, can become them.
        if !is_administrator && subject.role != AdminRole::None {
            return Err(ChangeRefusal::AboveYou);
        }
        // Nor whoever changes their address, to which links go, or what AWS is told of them: what they may, is somebody else's to give.
        let becomes_them = matches!(change, Change::Credentials | Change::Pass | Change::Profile);
        if !is_administrator && subject.has_rights && becomes_them {
            return Err(ChangeRefusal::CarriesRights);
        }
    }
    carries_no_more(is_administrator, groups)
}

/// Whom a policy names makes passes for others, and never for somebody with a role.
fn is_their_colleague(changer: &Changer, subject: &Subject) -> bool {
    subject.names_changer && subject.role == AdminRole::None && subject.id != changer.id
}

/// Nobody lifts themselves, or locks themselves out; whoever may do everything may join a group.
fn to_oneself(
    change: Change,
    is_administrator: bool,
    subject: &Subject,
    groups: Groups,
) -> Result<(), ChangeRefusal> {
    match change {
        Change::Role
        | Change::State
        | Change::Removal
        | Change::Credentials
        | Change::Pass
        | Change::ShownLink => Err(ChangeRefusal::Yourself),
        Change::Membership if !is_administrator => Err(ChangeRefusal::Yourself),
        // What AWS is told of them is what lets them do more there.
        Change::Profile if !is_administrator && subject.has_rights => {
            Err(ChangeRefusal::CarriesRights)
        }
        _ => carries_no_more(is_administrator, groups),
    }
}

/// Whoever could put others into such a group could put somebody there whom they invited for it.
fn carries_no_more(is_administrator: bool, groups: Groups) -> Result<(), ChangeRefusal> {
    match groups {
        Groups::CarryRights if !is_administrator => Err(ChangeRefusal::CarriesRights),
        Groups::CarryRights | Groups::Plain => Ok(()),
    }
}
