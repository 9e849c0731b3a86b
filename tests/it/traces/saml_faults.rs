//! Faults of service providers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signet::model::{AppState, NameIdFormat, Span};

use super::{Fault, World};
use crate::app::{AuthnRequest, ServiceProviderApp};
use crate::saml::forge::{deflate, escape};
use crate::saml::keys::{expired_rsa, other_rsa, rsa};

const X509_CLASS: &str = "<samlp:RequestedAuthnContext><saml:AuthnContextClassRef xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:oasis:names:tc:SAML:2.0:ac:classes:X509</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>";
const SUBJECT: &str = "<saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:NameID>bob</saml:NameID></saml:Subject>";

/// Seeds a fault by one request of a registered service provider that is right in everything else.
fn ask(world: &World<'_>, host: &str, change: impl FnOnce(&mut AuthnRequest)) {
    let sp = assigned(world, host);
    let mut request = AuthnRequest::of(&world.app, &sp);
    change(&mut request);
    world.browser().open(&request.redirect());
}

fn assigned(world: &World<'_>, host: &str) -> ServiceProviderApp {
    let sp = world.app.service_provider(host, |_| {});
    world.app.assign_to(&sp, &world.alice);
    sp
}

fn format(
    world: &World<'_>,
    host: &str,
    format: &str,
    allow_create: bool,
    registered: &[NameIdFormat],
) {
    let sp = world.app.service_provider(host, |saml| {
        saml.name_id_formats = registered.to_vec();
        saml.default_name_id_format = registered[0];
    });
    world.app.assign_to(&sp, &world.alice);
    let request = AuthnRequest::of(&world.app, &sp).name_id_policy(format, allow_create);
    world.browser().open(&request.redirect());
}

pub(super) const FAULTS: [Fault; 31] = [
    Fault {
        name: "entity id with a slash too many",
        rule: "unknown_issuer",
        says: "the slash at its end",
        seed: |world| ask(world, "slash.example", |r| r.issuer.push('/')),
    },
    Fault {
        name: "entity id of nobody",
        rule: "unknown_issuer",
        says: "no application is registered under the entity id urn:nobody",
        seed: |world| ask(world, "nobody.example", |r| r.issuer = "urn:nobody".into()),
    },
    Fault {
        name: "unregistered endpoint",
        rule: "acs_url",
        says: "which is not registered",
        seed: |world| {
            ask(world, "acs.example", |r| {
                r.acs = "AssertionConsumerServiceURL=\"https://elsewhere.example/saml\" ".into();
            });
        },
    },
    Fault {
        name: "endpoint by http",
        rule: "acs_url",
        says: "differs in http and https",
        seed: |world| {
            ask(world, "http.example", |r| {
                r.acs = "AssertionConsumerServiceURL=\"http://http.example/acs\" ".into();
            });
        },
    },
    Fault {
        name: "endpoint by an unknown index",
        rule: "acs_index",
        says: "the endpoint with index 7",
        seed: |world| {
            ask(world, "index.example", |r| {
                r.acs = "AssertionConsumerServiceIndex=\"7\" ".into();
            });
        },
    },
    Fault {
        name: "clock ahead",
        rule: "issue_instant",
        says: "10 minutes in the future",
        seed: |world| {
            ask(world, "ahead.example", |r| {
                r.issue_instant = r.issue_instant.plus(Span::minutes(10));
            });
        },
    },
    Fault {
        name: "clock behind",
        rule: "issue_instant",
        says: "clock is behind",
        seed: |world| {
            ask(world, "behind.example", |r| {
                r.issue_instant = r.issue_instant.minus(Span::minutes(8));
            });
        },
    },
    Fault {
        name: "local time for UTC",
        rule: "issue_instant",
        says: "probably a local time",
        seed: |world| {
            ask(world, "zone.example", |r| {
                r.issue_instant = r.issue_instant.minus(Span::hours(2));
            });
        },
    },
    Fault {
        name: "bookmarked sign-in",
        rule: "issue_instant",
        says: "opened again now",
        seed: |world| {
            ask(world, "bookmark.example", |r| {
                r.issue_instant = r.issue_instant.minus(Span::days(3));
            });
        },
    },
    Fault {
        name: "old address of ours",
        rule: "destination",
        says: "they differ in the host",
        seed: |world| {
            ask(world, "moved.example", |r| {
                r.destination = Some("https://old.example.com/saml/sso".into());
            });
        },
    },
    Fault {
        name: "signed without Destination",
        rule: "destination_missing",
        says: "names no Destination",
        seed: |world| {
            let sp = assigned(world, "nodestination.example");
            let mut request = AuthnRequest::of(&world.app, &sp);
            request.destination = None;
            world.browser().open(&request.signed_redirect(rsa()));
        },
    },
    Fault {
        name: "unsigned where signing is registered",
        rule: "Unsigned",
        says: "this one has no signature",
        seed: |world| {
            let sp = world.app.service_provider("unsigned.example", |saml| {
                saml.require_signed_requests = true
            });
            let request = AuthnRequest::of(&world.app, &sp);
            world.browser().open(&request.redirect());
        },
    },
    Fault {
        name: "signed without a registered certificate",
        rule: "NoCertificate",
        says: "without a signing certificate",
        seed: |world| {
            let sp = world
                .app
                .service_provider("nocert.example", |saml| saml.signing_certificates.clear());
            let request = AuthnRequest::of(&world.app, &sp);
            world.browser().open(&request.signed_redirect(rsa()));
        },
    },
    Fault {
        name: "another key",
        rule: "SignatureInvalid",
        says: "signs with another key",
        seed: |world| {
            let sp = world.app.service_provider("otherkey.example", |_| {});
            let request = AuthnRequest::of(&world.app, &sp);
            world.browser().open(&request.signed_redirect(other_rsa()));
        },
    },
    Fault {
        name: "expired certificate, key replaced",
        rule: "SignatureInvalid",
        says: "expired on",
        seed: |world| {
            let sp = world.app.service_provider("expired.example", |saml| {
                saml.signing_certificates = vec![STANDARD.encode(&expired_rsa().certificate)];
            });
            let request = AuthnRequest::of(&world.app, &sp);
            world.browser().open(&request.signed_redirect(other_rsa()));
        },
    },
    Fault {
        name: "altered on its way",
        rule: "SignatureInvalid",
        says: "was altered",
        seed: |world| {
            let sp = world.app.service_provider("altered.example", |_| {});
            let path = AuthnRequest::of(&world.app, &sp).signed_redirect(rsa());
            world.browser().open(&path.replace("state", "stale"));
        },
    },
    Fault {
        name: "SHA-1",
        rule: "SignatureAlgorithm",
        says: "rsa-sha1",
        seed: |world| {
            let sp = world.app.service_provider("sha1.example", |_| {});
            let path = AuthnRequest::of(&world.app, &sp).signed_redirect(rsa());
            let sha1 = path.replace(
                &escape(crate::saml::keys::RSA_SHA256),
                &escape("http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
            );
            assert_ne!(sha1, path);
            world.browser().open(&sha1);
        },
    },
    Fault {
        name: "format that is not registered",
        rule: "invalid_name_id_policy",
        says: "is registered for: urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        seed: |world| {
            format(
                world,
                "format.example",
                NameIdFormat::EmailAddress.uri(),
                true,
                &[NameIdFormat::Persistent],
            )
        },
    },
    Fault {
        name: "format that nobody issues",
        rule: "invalid_name_id_policy",
        says: "which Signet does not issue",
        seed: |world| {
            format(
                world,
                "kerberos.example",
                "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos",
                true,
                &[NameIdFormat::Persistent],
            )
        },
    },
    Fault {
        name: "no name may be made",
        rule: "invalid_name_id_policy",
        says: "AllowCreate=false",
        seed: |world| {
            format(
                world,
                "create.example",
                NameIdFormat::Persistent.uri(),
                false,
                &[NameIdFormat::Persistent],
            )
        },
    },
    Fault {
        name: "another name space",
        rule: "invalid_name_id_policy",
        says: "in the name space urn:other",
        seed: |world| {
            ask(world, "qualifier.example", |r| {
                r.children =
                    "<samlp:NameIDPolicy SPNameQualifier=\"urn:other\"></samlp:NameIDPolicy>"
                        .into();
            });
        },
    },
    Fault {
        name: "context that cannot be had",
        rule: "no_authn_context",
        says: "classes:X509",
        seed: |world| ask(world, "x509.example", |r| r.children = X509_CLASS.into()),
    },
    Fault {
        name: "request for a subject",
        rule: "request_unsupported",
        says: "names a Subject",
        seed: |world| ask(world, "subject.example", |r| r.children = SUBJECT.into()),
    },
    Fault {
        name: "artifact binding",
        rule: "protocol_binding",
        says: "HTTP-Artifact",
        seed: |world| {
            ask(world, "artifact.example", |r| {
                r.acs.push_str(
                    "ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact\" ",
                );
            });
        },
    },
    Fault {
        name: "not assigned",
        rule: "not_assigned",
        says: "alice is not assigned to unassigned.example",
        seed: |world| {
            let sp = world.app.service_provider("unassigned.example", |_| {});
            let request = AuthnRequest::of(&world.app, &sp);
            world.browser().open(&request.redirect());
        },
    },
    Fault {
        name: "application switched off",
        rule: "target_disabled",
        says: "off.example is disabled",
        seed: |world| {
            let sp = assigned(world, "off.example");
            world.app.set_app_state(&sp, AppState::Disabled);
            let request = AuthnRequest::of(&world.app, &sp);
            world.browser().open(&request.redirect());
        },
    },
    Fault {
        name: "answered before",
        rule: "already_answered",
        says: "was answered before",
        seed: |world| {
            let sp = assigned(world, "again.example");
            let path = AuthnRequest::of(&world.app, &sp).redirect();
            world.browser().open(&path).assert(200, "saml-post");
            world.browser().open(&path);
        },
    },
    Fault {
        name: "start from our side that is not registered",
        rule: "starts_at_application",
        says: "without starts from our side",
        seed: |world| {
            let sp = world
                .app
                .service_provider("start.example", |saml| saml.allow_idp_initiated = false);
            world.app.assign_to(&sp, &world.alice);
            world
                .browser()
                .open(&format!("/saml/start/{}", sp.application.id));
        },
    },
    Fault {
        name: "link that was cut",
        rule: "PercentEncoding",
        says: "is not percent-encoded",
        seed: |world| {
            let sp = assigned(world, "cut.example");
            let path = AuthnRequest::of(&world.app, &sp).redirect();
            let (path, _) = path.split_once("&RelayState").unwrap();
            // In the middle of an escape, wherever the last one stands.
            let cut = path.rfind('%').unwrap() + 2;
            world.browser().open(&path[..cut]);
        },
    },
    Fault {
        name: "deflated twice",
        rule: "DoublyDeflated",
        says: "deflated more than once",
        seed: |world| {
            let twice = deflate(&deflate(b"<samlp:AuthnRequest/>"));
            let path = format!("/saml/sso?SAMLRequest={}", escape(&STANDARD.encode(twice)));
            world.browser().open(&path);
        },
    },
    Fault {
        name: "sign-on URL opened by hand",
        rule: "MissingRequest",
        says: "without a SAML request",
        seed: |world| {
            world.browser().open("/saml/sso");
        },
    },
];
