//! The pages on which somebody proves something, or sets something up.

use qrcode::QrCode;
use qrcode::render::svg;
use serde::Serialize;

use super::{Problem, RenderError};

/// A question to the browser's authenticators. Without JavaScript there is none, and the rest of the page stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasskeyForm {
    /// Where the answer goes.
    pub action: String,
    /// The form's token.
    pub csrf: String,
    /// The question, in JSON.
    pub options: String,
    /// Comes back with the answer.
    pub state: String,
    /// `sign-in`, `second-factor`, `passkey` or `security-key`: which words stand on the button.
    pub purpose: &'static str,
}

/// Who one is: by user name and password, or by a passkey.
#[derive(Debug, Clone, Serialize)]
pub struct SignInPage {
    /// Where the form goes; none where policy allows no password.
    pub action: Option<String>,
    /// The form's token.
    pub csrf: String,
    /// As it stood.
    pub user_name: String,
    /// What was wrong.
    pub problem: Option<Problem>,
    /// Where it leads, by name.
    pub continue_to: Option<String>,
    /// The way by a passkey.
    pub passkey: Option<PasskeyForm>,
}

/// Another factor.
#[derive(Debug, Clone, Serialize)]
pub struct SecondFactorPage {
    /// Where a code of the authenticator app goes, if there is one.
    pub action: Option<String>,
    /// The form's token.
    pub csrf: String,
    /// Who is signing in.
    pub user_name: String,
    /// What was wrong.
    pub problem: Option<Problem>,
    /// The way by a passkey or security key.
    pub passkey: Option<PasskeyForm>,
    /// Where a saved code goes, if there is one.
    pub recovery_action: Option<String>,
    /// Where a pass goes.
    pub pass_action: Option<String>,
}

/// A code that somebody has kept or was given: a recovery code, or a pass by an administrator.
#[derive(Debug, Clone, Serialize)]
pub struct SavedCodePage {
    /// `recovery-code` or `pass`.
    pub kind: &'static str,
    /// Where the form goes.
    pub action: String,
    /// The form's token.
    pub csrf: String,
    /// What was wrong.
    pub problem: Option<Problem>,
    /// Back to the other ways, if there are any.
    pub code_action: Option<String>,
}

/// What one signs in with: a passkey, or a password.
#[derive(Debug, Clone, Serialize)]
pub struct SetPasswordPage {
    /// Where the form goes; none where policy allows no password.
    pub action: Option<String>,
    /// The form's token.
    pub csrf: String,
    /// For the password manager.
    pub user_name: String,
    /// So many characters at least.
    pub minimum: usize,
    /// What was wrong.
    pub problem: Option<Problem>,
    /// The way by a passkey.
    pub passkey: Option<PasskeyForm>,
}

/// A second factor is set up.
#[derive(Debug, Clone, Serialize)]
pub struct EnrollPage {
    /// The way by a passkey.
    pub passkey: Option<PasskeyForm>,
    /// The way by a security key.
    pub security_key: Option<PasskeyForm>,
    /// The way by an authenticator app.
    pub totp: Option<EnrollTotp>,
    /// What was wrong.
    pub problem: Option<Problem>,
}

/// A new authenticator app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnrollTotp {
    action: String,
    csrf: String,
    qr_svg: String,
    otpauth_url: String,
    secret: String,
}

impl EnrollTotp {
    /// Draws the code for scanning, and groups the key for typing.
    ///
    /// # Errors
    /// When the URL is too long for a QR code.
    pub fn new(
        action: String,
        csrf: String,
        otpauth_url: &str,
        secret_base32: &str,
    ) -> Result<Self, RenderError> {
        let code = QrCode::new(otpauth_url.as_bytes())
            .map_err(|error| RenderError::QrCode(error.to_string()))?;
        let drawing = code
            .render::<svg::Color<'_>>()
            .min_dimensions(192, 192)
            .dark_color(svg::Color("#000000"))
            .light_color(svg::Color("#ffffff"))
            .build();
        // Inside a page an SVG has no XML declaration.
        let qr_svg = drawing
            .split_once("?>")
            .map_or(drawing.as_str(), |(_, svg)| svg)
            .to_owned();
        let mut secret = String::new();
        for (position, letter) in secret_base32.chars().enumerate() {
            if position > 0 && position.is_multiple_of(4) {
                secret.push(' ');
            }
            secret.push(letter);
        }
        Ok(Self {
            action,
            csrf,
            qr_svg,
            otpauth_url: otpauth_url.to_owned(),
            secret,
        })
    }
}
