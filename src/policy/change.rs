//! The decision about a change in the organisation: who may change whom.

use crate::model::{AdminRole, Duty, UserId, UserState};

/// What is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Somebody new.
    NewPerson,
    /// A person's name, address and attributes.
    Profile,
    /// Whether a person may sign in.
    State,
    /// What a person may do in Signet.
    Role,
    /// That a person is there at all.
    Removal,
    /// How a person signs in: a new link, factors that end.
    Credentials,
    /// A group's name, or that it is there.
    Group,
    /// That a person is a member of a group.
    Membership,
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
    /// It would be about themselves.
    #[error("nobody does this to themselves; ask another administrator")]
    Yourself,
}

/// Decides. Pure and total; the first rule that does not hold is the answer. No changer is nobody who has signed in.
///
/// # Errors
/// Why not.
pub fn decide_change(
    changer: Option<&Changer>,
    change: Change,
    subject: Option<&Subject>,
) -> Result<(), ChangeRefusal> {
    let changer = changer
        .filter(|changer| changer.state == UserState::Active)
        .ok_or(ChangeRefusal::NotYourDuty)?;
    let duty = match change {
        Change::Role => Duty::Everything,
        Change::NewPerson
        | Change::Profile
        | Change::State
        | Change::Removal
        | Change::Credentials
        | Change::Group
        | Change::Membership => Duty::People,
    };
    if !changer.role.may(duty) {
        return Err(ChangeRefusal::NotYourDuty);
    }
    let Some(subject) = subject else {
        return Ok(());
    };
    if subject.id == changer.id {
        // Nobody lifts themselves, or locks themselves out; whoever may do everything may join a group.
        return match change {
            Change::Role | Change::State | Change::Removal | Change::Credentials => {
                Err(ChangeRefusal::Yourself)
            }
            Change::Membership if changer.role != AdminRole::Administrator => {
                Err(ChangeRefusal::Yourself)
            }
            _ => Ok(()),
        };
    }
    // Whoever resets somebody, or takes over their address, can become them.
    if changer.role != AdminRole::Administrator && subject.role != AdminRole::None {
        return Err(ChangeRefusal::AboveYou);
    }
    Ok(())
}
