//! What a check says.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// People cannot sign in, or soon what they rely on is lost.
    Broken,
    /// It works, and something will stop working or protects less than it should.
    Warning,
    /// As it should be.
    Ok,
}

/// One finding. The codes are an interface: other people's alarms rely on them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Names the kind of finding.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: a file, an address, an account.
    pub subject: String,
    /// What is so.
    pub cause: String,
    /// What to do, exactly; empty when there is nothing to do.
    pub fix: String,
}

impl Finding {
    /// As it should be.
    pub fn ok(code: &'static str, subject: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Ok,
            subject: subject.into(),
            cause: cause.into(),
            fix: String::new(),
        }
    }

    /// It works, and should be mended.
    pub fn warning(
        code: &'static str,
        subject: impl Into<String>,
        (cause, fix): (impl Into<String>, impl Into<String>),
    ) -> Self {
        Self {
            code,
            severity: Severity::Warning,
            subject: subject.into(),
            cause: cause.into(),
            fix: fix.into(),
        }
    }

    /// It does not work.
    pub fn broken(
        code: &'static str,
        subject: impl Into<String>,
        cause_and_fix: (impl Into<String>, impl Into<String>),
    ) -> Self {
        Self {
            severity: Severity::Broken,
            ..Self::warning(code, subject, cause_and_fix)
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let severity = match self.severity {
            Severity::Broken => "broken",
            Severity::Warning => "warning",
            Severity::Ok => "ok",
        };
        write!(
            f,
            "{severity:<8} {:<26} {}: {}",
            self.code, self.subject, self.cause
        )?;
        if self.fix.is_empty() {
            return Ok(());
        }
        write!(f, ". To mend it: {}", self.fix)
    }
}
