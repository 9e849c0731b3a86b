//! What an AWS account must have so that the portal's links work there: the SAML provider, a role for each permission set,
//! and a way in that does not need Signet. One plan, written as CloudFormation, Terraform or a script of the AWS command
//! line (aws.md 6; IAM user guide, "Create a role for SAML 2.0 federation").

mod cloudformation;
mod documents;
mod script;
mod terraform;

use std::collections::BTreeMap;

use crate::model::{AccountId, Partition, PermissionSet};

/// The name of the emergency role; no permission set's role is called so, for theirs begin with another word.
const EMERGENCY_ROLE: &str = "SignetEmergency";
/// Under it lie the roles, so that one statement can speak of them all.
const EMERGENCY_PATH: &str = "/signet/";
/// The name of a role's inline policy.
const INLINE_POLICY: &str = "Signet";
/// IAM's shortest MaxSessionDuration, in seconds.
const SHORTEST_MAX_SESSION: u32 = 3_600;
/// IAM's quota of a trust policy, in characters.
const LONGEST_TRUST_POLICY: usize = 2_048;

/// Why a plan cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolePlanError {
    /// IAM's quota.
    #[error("the trust policy has {0} characters; IAM takes 2048: shorten the provider's name")]
    TrustPolicyTooLong(usize),
    /// Two permission sets name one role.
    #[error(
        "the permission sets {0} and {1} have the same role; give one of them another role_path"
    )]
    SameRole(String, String),
    /// A policy that is none.
    #[error("the inline policy of {0} is no JSON")]
    InlinePolicy(String),
}

/// What an account, or several, must have.
#[derive(Debug, Clone)]
pub struct RolePlan<'a> {
    /// Where the accounts lie.
    pub partition: &'a Partition,
    /// Which account; none: every account that the text is applied to.
    pub account: Option<&'a AccountId>,
    /// The SAML provider's name.
    pub provider_name: &'a str,
    /// Our metadata.
    pub metadata: &'a str,
    /// The roles.
    pub permission_sets: Vec<&'a PermissionSet>,
}

impl RolePlan<'_> {
    /// As a CloudFormation template in JSON, for a stack of one account or a StackSet of several.
    ///
    /// # Errors
    /// [`RolePlanError`].
    pub fn cloudformation(&self) -> Result<String, RolePlanError> {
        self.check()?;
        cloudformation::write(self)
    }

    /// As Terraform, for the `hashicorp/aws` provider.
    ///
    /// # Errors
    /// [`RolePlanError`].
    pub fn terraform(&self) -> Result<String, RolePlanError> {
        self.check()?;
        terraform::write(self)
    }

    /// As a script for bash and the AWS command line. It may be run again: it makes what is not there and changes the rest.
    ///
    /// # Errors
    /// [`RolePlanError`].
    pub fn script(&self) -> Result<String, RolePlanError> {
        self.check()?;
        script::write(self)
    }

    fn check(&self) -> Result<(), RolePlanError> {
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        names.insert(EMERGENCY_ROLE.to_lowercase(), "for emergencies");
        for set in &self.permission_sets {
            // IAM compares role names without regard to case, whatever their path.
            let (_, role) = set.role_path_and_name();
            if let Some(other) = names.insert(role.to_lowercase(), &set.name) {
                return Err(RolePlanError::SameRole(other.to_owned(), set.name.clone()));
            }
        }
        let arn = format!(
            "arn:{}:iam::123456789012:saml-provider/{}",
            self.partition.name, self.provider_name
        );
        let trust = documents::trust_policy(self.partition, &serde_json::Value::from(arn));
        let length = trust.to_string().chars().count();
        if length > LONGEST_TRUST_POLICY {
            return Err(RolePlanError::TrustPolicyTooLong(length));
        }
        Ok(())
    }
}
