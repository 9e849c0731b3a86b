//! AWS's partitions as they are known (aws.md 3.3). Data: configuration may add to them and replace them.

use crate::model::Partition;

/// The partitions of AWS itself.
pub fn aws_partitions() -> Vec<Partition> {
    let partition =
        |name: &str, sign_in: &str, audience: &str, console: &str, sts: (&str, &str)| Partition {
            name: name.to_owned(),
            sign_in_url: format!("https://{sign_in}/saml"),
            regional_sign_in_url: Some(format!("https://{{region}}.{sign_in}/saml")),
            audience: audience.to_owned(),
            console_url: format!("https://{console}/console/home"),
            console_hosts: vec![console.to_owned(), format!(".{console}")],
            sts_url: format!("https://sts.{{region}}.{}", sts.0),
            default_region: sts.1.to_owned(),
        };
    vec![
        partition(
            "aws",
            "signin.aws.amazon.com",
            "urn:amazon:webservices",
            "console.aws.amazon.com",
            ("amazonaws.com", "us-east-1"),
        ),
        partition(
            "aws-us-gov",
            "signin.amazonaws-us-gov.com",
            "urn:amazon:webservices:govcloud",
            "console.amazonaws-us-gov.com",
            ("amazonaws.com", "us-gov-west-1"),
        ),
        partition(
            "aws-cn",
            "signin.amazonaws.cn",
            "urn:amazon:webservices:cn-north-1",
            "console.amazonaws.cn",
            ("amazonaws.com.cn", "cn-north-1"),
        ),
    ]
}

/// The known partitions with an operator's: each is added, or replaces the one of its name.
pub fn partitions_with(given: &[Partition]) -> Vec<Partition> {
    let mut all = aws_partitions();
    for partition in given {
        match all.iter_mut().find(|known| known.name == partition.name) {
            Some(known) => *known = partition.clone(),
            None => all.push(partition.clone()),
        }
    }
    all
}
