//! The server as browsers, service providers and attackers meet it: over HTTP.

mod signin;
