//! Why a person may not.

use super::{Diagnosis, Seen};
use crate::model::Cause;
use crate::policy::DenyReason;

/// A decision that says no.
pub fn of_denial(reason: DenyReason, seen: &Seen<'_>) -> Diagnosis {
    let (app, user) = (seen.app_name(), seen.user());
    let cause = match reason {
        DenyReason::UserDisabled => Cause::certain(
            format!("{user} is disabled"),
            "enable the person, if they are to work here",
        ),
        DenyReason::NotAssigned => Cause::certain(
            format!("{user} is not assigned to {app}, neither directly nor by a group"),
            format!(
                "assign {user} or one of their groups to {app}, in the organisation's file (signet config apply)"
            ),
        ),
        DenyReason::TargetDisabled => Cause::certain(
            format!("{app} is disabled"),
            "enable the application in its registration",
        ),
        DenyReason::TargetUnknown => Cause::certain(
            "the application was deleted during the sign-in",
            "register it again",
        ),
        DenyReason::NoPassive => Cause::certain(
            "the application forbids asking the person (IsPassive, prompt=none), and nobody is signed in well enough",
            "nothing, if the application then sends the person to sign in; it asks without one to see whether somebody is there",
        ),
        DenyReason::ConsentRequired => Cause::certain(
            format!("{app} forbids asking the person (prompt=none), and {user} has not agreed yet"),
            "let the application send the person once without prompt=none, or set consent = \"implied\" in its registration",
        ),
        DenyReason::NoAuthnContext => Cause::certain(
            format!(
                "{app} asks for an authentication that {user} cannot reach with what they have enrolled"
            ),
            "let the person enrol what is asked for, or let the application ask for less",
        ),
        DenyReason::NetworkNotAllowed => Cause::certain(
            format!("a policy lets nobody come to {app} from the address that {user} came from"),
            "let the person come from one of the policy's networks, or add the network to the policy; behind a proxy, see that its address is in proxy.trusted",
        ),
        DenyReason::NoFactorAllowed => Cause::certain(
            format!(
                "the policies for {app} and {user} together allow no factor that would be enough"
            ),
            "allow a factor in each of them with which what they ask for can be reached",
        ),
        DenyReason::AwsSessionTooShort => Cause::certain(
            "the policies leave less of the session than the 900 seconds that AWS asks for",
            "lengthen the policy's AWS session",
        ),
    };
    Diagnosis::one(reason.name(), cause)
}
