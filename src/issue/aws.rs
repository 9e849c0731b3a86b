//! Responses to AWS: exactly the chosen role, for as long as the permission set says.

use super::aws_limits::{self, Tag};
use super::issuer::{Record, message_id};
use super::saml::SKEW;
use super::{IssueError, Issuer, Posted, Witness};
use crate::audit::{AuditEvent, IssuedAwsAssertion, Personal};
use crate::model::{
    AwsAccount, NameIdFormat, Partition, PermissionSet, ResponseSigning, Span, Timestamp,
};
use crate::op::Op;
use crate::policy::{Grant, Target};
use crate::protocol::saml::{
    AssertionContent, Attribute, AttributeNameFormat, NameId, ResponseContent, Status,
};

/// AWS redeems an assertion within five minutes of its issue (STS, ExpiredTokenException).
const LIFETIME: Span = Span::minutes(5);
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

/// Why a console destination is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// Not a URL of the console.
    #[error("the destination must be an https URL of the AWS console of the account's partition")]
    NotTheConsole,
    /// Longer than any real one.
    #[error("the destination has more than 2000 characters")]
    TooLong,
}

/// A place in AWS's console: checked, so that nobody is sent elsewhere in our name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsDestination(String);

impl AwsDestination {
    /// Checks that a URL lies on one of the partition's console hosts.
    ///
    /// # Errors
    /// [`DestinationError`].
    pub fn parse(text: &str, partition: &Partition) -> Result<Self, DestinationError> {
        if text.len() > 2_000 {
            return Err(DestinationError::TooLong);
        }
        let url = url::Url::parse(text).map_err(|_| DestinationError::NotTheConsole)?;
        let home = url::Url::parse(&partition.console_url).ok();
        // A simulated AWS on loopback is the one console without TLS.
        let scheme_fits = url.scheme() == "https"
            || home
                .as_ref()
                .is_some_and(|home| home.scheme() == url.scheme());
        let port_fits = url.port() == home.as_ref().and_then(url::Url::port);
        let host = url.host_str().unwrap_or_default();
        let host_fits = partition.console_hosts.iter().any(|allowed| {
            if allowed.starts_with('.') {
                host.ends_with(allowed.as_str())
            } else {
                host == allowed
            }
        });
        let is_plain = url.username().is_empty() && url.password().is_none();
        if scheme_fits && port_fits && host_fits && is_plain {
            Ok(Self(url.into()))
        } else {
            Err(DestinationError::NotTheConsole)
        }
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The permission set's own destination, where it is one of this partition: a set may be assigned in several.
fn own_destination(set: &PermissionSet, partition: &Partition) -> Option<String> {
    let text = set.relay_state.as_deref()?;
    let destination = AwsDestination::parse(text, partition).ok()?;
    Some(destination.0)
}

impl Issuer {
    /// The partition of an account.
    ///
    /// # Errors
    /// When it is not configured.
    pub fn partition_of(&self, account: &AwsAccount) -> Result<&Partition, IssueError> {
        self.partitions
            .iter()
            .find(|partition| partition.name == account.partition)
            .ok_or_else(|| IssueError::UnknownPartition(account.partition.clone()))
    }

    /// The response for AWS's sign-in endpoint, with the console's destination as RelayState. It is on disk that it was
    /// issued before this returns.
    ///
    /// # Errors
    /// [`IssueError`]; nothing was issued.
    pub async fn console_response(
        &self,
        op: &Op,
        grant: Grant,
        witness: &Witness<'_>,
        (account, set): (&AwsAccount, &PermissionSet),
        destination: Option<&AwsDestination>,
    ) -> Result<Posted, IssueError> {
        let partition = self.partition_of(account)?;
        let relay_state = destination
            .map(|destination| destination.as_str().to_owned())
            .or_else(|| own_destination(set, partition))
            .unwrap_or_else(|| partition.console_url.clone());
        let issued = self
            .aws_response(op, grant, witness, (account, set))
            .await?;
        Ok(Posted {
            relay_state: Some(relay_state),
            ..issued.posted
        })
    }

    /// The response for STS, with what the call beside it says. It is on disk that it was issued before this returns.
    ///
    /// # Errors
    /// [`IssueError`]; nothing was issued.
    pub async fn aws_response(
        &self,
        op: &Op,
        grant: Grant,
        witness: &Witness<'_>,
        (account, set): (&AwsAccount, &PermissionSet),
    ) -> Result<AwsResponse, IssueError> {
        let target = Target::Aws {
            account_id: account.id.clone(),
            permission_set_id: set.id.clone(),
        };
        self.answer_aws(op, (grant, target), witness, (account, set))
            .await
    }

    /// The response by which it is seen whether a role can be taken: for AWS's shortest session. It is on disk that it was
    /// issued before this returns; what AWS gives for it is nobody's.
    ///
    /// # Errors
    /// [`IssueError`]; nothing was issued.
    pub async fn verification_response(
        &self,
        op: &Op,
        grant: Grant,
        witness: &Witness<'_>,
        (account, set): (&AwsAccount, &PermissionSet),
    ) -> Result<AwsResponse, IssueError> {
        let target = Target::AwsVerification {
            account_id: account.id.clone(),
            permission_set_id: set.id.clone(),
        };
        self.answer_aws(op, (grant, target), witness, (account, set))
            .await
    }

    async fn answer_aws(
        &self,
        op: &Op,
        (grant, target): (Grant, Target),
        witness: &Witness<'_>,
        (account, set): (&AwsAccount, &PermissionSet),
    ) -> Result<AwsResponse, IssueError> {
        if *grant.target() != target || *grant.subject() != witness.known.user.id {
            return Err(IssueError::WrongGrant);
        }
        let partition = self.partition_of(account)?;
        let content = Content::of(&grant, witness, account, set)?;
        let name = witness.known.user.id.as_str();
        let session = witness.application_session(op, None, name, &grant);
        let assertion = AssertionContent {
            id: message_id(op),
            issue_instant: op.now,
            issuer: self.entity_id().to_owned(),
            name_id: NameId {
                format: NameIdFormat::Persistent,
                value: name.to_owned(),
                name_qualifier: None,
                sp_name_qualifier: None,
            },
            recipient: partition.sign_in_url.clone(),
            in_response_to: None,
            not_before: op.now.minus(SKEW),
            not_on_or_after: op.now.plus(LIFETIME),
            audience: partition.audience.clone(),
            authn_instant: grant.authenticated_at(),
            session_index: format!("_{}", session.id),
            // AWS takes the earlier of this and SessionDuration, counted from when it reads the assertion: neither the
            // browser session's end nor the way there must cut a role's session.
            session_not_on_or_after: Some(
                op.now
                    .plus(Span::seconds(content.seconds.into()))
                    .plus(LIFETIME),
            ),
            authn_context_class_ref: grant.context().uri().to_owned(),
            attributes: content.attributes(),
        };
        let event = content.event(witness, account, set, &assertion, message_id(op));
        let response = ResponseContent {
            id: event.response_id.clone(),
            in_response_to: None,
            destination: partition.sign_in_url.clone(),
            issue_instant: op.now,
            issuer: self.entity_id().to_owned(),
            status: Status::success(),
            assertion: Some(assertion),
        };
        let posted = self.sign(&response, ResponseSigning::Both, None)?;
        aws_limits::response(&posted.saml_response)?;
        let record = Record {
            under: witness.under.clone(),
            application_session: session,
            answers: None,
            code: None,
            takes: match target {
                Target::Aws {
                    account_id,
                    permission_set_id,
                } => Some((account_id, permission_set_id)),
                _ => None,
            },
            event: AuditEvent::AwsAssertionIssued(event),
        };
        self.record(op, record).await?;
        Ok(AwsResponse {
            posted,
            role_arn: content.role_arn,
            principal_arn: content.provider_arn,
            duration_seconds: content.seconds,
            expires_at: op.now.plus(LIFETIME),
        })
    }
}

/// A response for AWS, and what a call of STS says beside it (AssumeRoleWithSAML).
#[derive(Debug)]
pub struct AwsResponse {
    /// The response; a bearer secret until it expires.
    pub posted: Posted,
    /// The one role.
    pub role_arn: String,
    /// The SAML provider.
    pub principal_arn: String,
    /// The session's length, in seconds.
    pub duration_seconds: u32,
    /// Until when STS takes it.
    pub expires_at: Timestamp,
}

/// What AWS is told, within AWS's limits.
struct Content {
    role_arn: String,
    provider_arn: String,
    session_name: String,
    seconds: u32,
    tags: Vec<Tag>,
    transitive: Vec<String>,
}

impl Content {
    fn of(
        grant: &Grant,
        witness: &Witness<'_>,
        account: &AwsAccount,
        set: &PermissionSet,
    ) -> Result<Self, IssueError> {
        let (partition, id) = (&account.partition, &account.id);
        let role_arn = format!("arn:{partition}:iam::{id}:role/{}", set.role_path);
        let provider = &account.provider_name;
        let provider_arn = format!("arn:{partition}:iam::{id}:saml-provider/{provider}");
        // Fixed when the person was made, and nobody else's ever: both names in AWS's logs mean one person.
        let session_name = witness.known.user.source_identity.clone();
        let seconds = grant.aws_session_seconds().ok_or(IssueError::WrongGrant)?;
        let tags = tags(witness, set);
        let transitive = set
            .transitive_tag_keys
            .iter()
            .filter(|key| tags.iter().any(|tag| tag.key == **key))
            .cloned()
            .collect();
        aws_limits::role_arn(&role_arn)?;
        aws_limits::session_name("RoleSessionName", &session_name)?;
        aws_limits::duration(seconds)?;
        aws_limits::tags(&tags)?;
        Ok(Self {
            role_arn,
            provider_arn,
            session_name,
            seconds,
            tags,
            transitive,
        })
    }

    fn attributes(&self) -> Vec<Attribute> {
        let role = format!("{},{}", self.role_arn, self.provider_arn);
        let mut attributes = vec![
            attribute("Role", vec![role]),
            attribute("RoleSessionName", vec![self.session_name.clone()]),
            attribute("SessionDuration", vec![self.seconds.to_string()]),
            attribute("SourceIdentity", vec![self.session_name.clone()]),
        ];
        for tag in &self.tags {
            let name = format!("PrincipalTag:{}", tag.key);
            attributes.push(attribute(&name, vec![tag.value.clone()]));
        }
        if !self.transitive.is_empty() {
            attributes.push(attribute("TransitiveTagKeys", self.transitive.clone()));
        }
        attributes
    }

    fn event(
        &self,
        witness: &Witness<'_>,
        account: &AwsAccount,
        set: &PermissionSet,
        assertion: &AssertionContent,
        response_id: String,
    ) -> IssuedAwsAssertion {
        let user_id = &witness.known.user.id;
        IssuedAwsAssertion {
            user_id: user_id.clone(),
            account_id: account.id.clone(),
            permission_set_id: set.id.clone(),
            role_arn: self.role_arn.clone(),
            role_session_name: Personal::new(user_id, self.session_name.clone()),
            duration_seconds: self.seconds,
            tag_keys: self.tags.iter().map(|tag| tag.key.clone()).collect(),
            assertion_id: assertion.id.clone(),
            response_id,
            session_index: assertion.session_index.clone(),
            acs_url: assertion.recipient.clone(),
            not_on_or_after: assertion.not_on_or_after,
        }
    }
}

fn attribute(name: &str, values: Vec<String>) -> Attribute {
    Attribute {
        name: format!("{ATTRIBUTES}{name}"),
        name_format: AttributeNameFormat::Uri,
        values,
    }
}

/// What the person has something for.
fn tags(witness: &Witness<'_>, set: &PermissionSet) -> Vec<Tag> {
    let known = witness.known;
    let tags = set.session_tags_of(&known.user, &known.groups).into_iter();
    tags.filter_map(|(key, value)| Some(Tag { key, value: value? }))
        .collect()
}
