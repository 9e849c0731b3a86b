//! The commands on people's own machines: the real program against an instance and an AWS STS that hold it to the letter of
//! the protocols. The browser is the test, which follows the address that the program prints.

mod aws;
mod boto3;
mod credentials;
mod demo;
mod http;
mod loopback;
mod machine;
mod profiles;
mod server;
mod settings;
mod signing_in;
mod sts;
mod whole;
