//! Signet: a SAML 2.0 and OpenID Connect identity provider with its own users and second factors, and the portal to AWS.
//!
//! # The map
//!
//! | rung | modules | what they own |
//! |---|---|---|
//! | 7 | [`cli`] | the commands; puts the services together |
//! | 6 | [`web`] [`jobs`] [`demo`] | HTTP; what runs by itself; the demonstration, which shares no code with what it judges |
//! | 5 | [`signin`] [`issue`] [`access`] [`directory`] [`credentials`] [`sessions`] [`apps`] [`authority`] [`traces`] | sign-ins in progress; responses, codes, tokens; loading the facts of a decision; people; what they prove themselves with; signed-in browsers; applications and AWS accounts; who may change whom; what became of applications' attempts, and why |
//! | 4 | [`audit`] [`keys`] [`mail`] [`render`] [`outbound`] | records in hash streams; the key ring and sealing; the outbox; pages, mails and texts; calls to others and to the mail server |
//! | 3 | [`store`] [`policy`] | one SQL over two engines; the decision, which sees values only |
//! | 2 | [`protocol`] | wire formats, without IO, clock or database |
//! | 1 | [`model`] [`op`] [`clock`] [`entropy`] [`config`] | ids and values; the context of one operation; time; randomness; settings |
//!
//! A module imports lower rungs only, and of its own rung only what `tests/it/architecture` lists; the test reads every
//! path and fails on any other edge.
//!
//! # The decision
//!
//! [`policy::decide`] is pure: a request, the facts, the time; its answer is to allow, to ask for more, or to deny.
//! [`access`] alone calls it. To allow is a [`policy::Grant`], which nobody else can make and nobody can copy; whatever is
//! issued takes one by value. Rows never hold a grant: each step loads the facts again and decides again.
//!
//! # Two flows
//!
//! **Sign-in.** A handler in [`web`] keeps what it was asked for as a [`signin::Continuation`] in a stored
//! [`signin::PendingSignIn`]. Each page handles one factor and goes back to the dispatcher, [`signin::SignIns::next_step`],
//! which decides and names the next page. When nothing is missing, `web::signin` alone knows where each continuation goes.
//!
//! **SAML.** Octets become a [`protocol::saml::Received`] (sizes, encoding, a scan before parsing, one strict parse); the
//! registration of its issuer gives certificates, and `verify` gives an `AuthnRequest`; [`issue::validate_request`] checks
//! it against the registration and the time. From there it is a sign-in; at its end [`issue::Issuer`] records what it is
//! about to issue, and the canonical writer's octets are signed as they are sent.
//!
//! **OpenID Connect.** The same sign-in: client and redirect URI are checked first, and only then may anything be redirected;
//! the rest of the request becomes an [`access::AuthorizationExchange`]. At the end of the sign-in [`issue::Issuer`] stores a
//! token family (what was granted, never a grant) and a code. Each redeem uses up what was shown by one conditional update
//! and decides again from the family; reuse ends the family. Tokens are assembled in [`protocol::jose`] and signed by
//! [`keys`]; a token that comes back is worth what the decision says now.
//!
//! # Changes
//!
//! The console, the API and the commands call [`directory`], [`credentials`] and [`apps`], and nothing else writes. Each of
//! their changes asks [`authority`] in its own transaction whether the actor of the [`op::Op`] may: the rule,
//! [`policy::decide_change`], is pure. What a change tells people by mail is queued in that transaction ([`mail`]); a job puts
//! it into words and sends it until a server has taken it.
//!
//! A protected object makes a change wait: [`authority`] looks in the same transaction for another administrator's agreement to the
//! very same change, and uses it up.
//!
//! # What somebody is
//!
//! The decision says which factors may come next ([`policy::Requirement`]), [`signin`] shows the page, [`credentials`] judges what comes
//! back. A passkey's ceremony travels sealed in the page and is bound to the revision of the sign-in, so that its answer works once. A
//! pass stands in for what was lost, never for a second factor beside it; who may make one for whom is [`policy::decide_change`]'s to say,
//! by the policies over the person.
//!
//! # How far rights reach
//!
//! A person is in the groups that they were put into, in those whose rule they meet, and in those that these are in
//! ([`store::groups::effective`]): nothing of it is kept, so that it is true at each decision. An assignment names an account, or
//! finds accounts by label or path. [`access::Access::reach`] explains by the same rules who can take what, of the organisation as
//! it is or as the audit has it; a test compares the explanation with the decision for everybody and everything.
//!
//! Signet has no key of AWS: [`protocol::aws::RolePlan`] writes what an account must have, and whether it is there is seen by asking
//! STS with a response that only a decision for that purpose gives ([`policy::Target::AwsVerification`]).
//!
//! # When it goes wrong
//!
//! An error page says little and shows an id. [`traces`] keeps under that id what the application asked for and which rule
//! refused it; [`traces::diagnosis`] compares it with the registration and names the cause and the fix. The edge notes while it
//! answers, and what was noted is written a moment later, many at once: a trace is a help, the record is the [`audit`].
//!
//! # Time, randomness, secrets
//!
//! The edge reads the clock once into [`op::Op`]; ids and secrets come from its entropy. Work on the store is a closure that
//! may run again, so neither happens inside. Bearer secrets are stored as hashes, others sealed for the place where they
//! stand; single use is one conditional update.
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::indexing_slicing,
    clippy::await_holding_lock,
    clippy::string_slice,
    clippy::allow_attributes
)]
#![warn(unreachable_pub)]

pub mod access;
pub mod apps;
pub mod audit;
pub mod authority;
pub mod cli;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod demo;
pub mod directory;
pub mod entropy;
pub mod issue;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod model;
pub mod op;
pub mod outbound;
pub mod policy;
pub mod protocol;
pub mod render;
pub mod sessions;
pub mod signin;
pub mod store;
pub mod traces;
pub mod web;
