//! AWS STS: the call AssumeRoleWithSAML as octets, its answers, and the forms in which credentials are handed on.
//!
//! Owns the fields of the call, the reading of what AWS answers, what AWS's errors mean to whoever runs the account, and
//! the quoting of credentials for shells and files; and the plan of what an account must have. Pure: who calls, and when, is decided above. Imports `model` and
//! `protocol::xml` alone. (Query API 2011-06-15; the call is not signed, the assertion is the credential.)

mod answer;
mod assume_role;
mod credentials;
mod ending;
mod problem;
mod roles;
mod shell;

pub use answer::{StsAnswerError, StsError, parse_assume_role_answer, parse_sts_error};
pub use assume_role::AssumeRoleWithSaml;
pub use credentials::StsCredentials;
pub use ending::deny_sessions;
pub use problem::{StsProblem, StsProblemKind};
pub use roles::{RolePlan, RolePlanError};
pub use shell::Shell;
