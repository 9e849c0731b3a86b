//! The receiving half of SMTP, as much as a mail box that takes everything needs (RFC 5321, 4.5.1).

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// One line of the dialogue or of a mail.
const LONGEST_LINE: u64 = 4_096;
const LARGEST_MAIL: usize = 2 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes mail until the process ends: `take` is given its recipients and its octets.
pub(super) fn listen(
    listener: TcpListener,
    take: impl Fn(Vec<String>, &[u8]) + Send + Sync + 'static,
) -> Result<()> {
    let take = Arc::new(take);
    thread::Builder::new()
        .name("demo-smtp".into())
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                let take = take.clone();
                // Whoever breaks off has sent no mail; whom the system gives no thread tries again.
                drop(
                    thread::Builder::new()
                        .name("demo-smtp-client".into())
                        .spawn(move || drop(converse(&stream, &*take))),
                );
            }
        })
        .map(drop)
}

fn converse(stream: &TcpStream, take: &dyn Fn(Vec<String>, &[u8])) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream);
    let mut recipients = Vec::new();
    answer(stream, "220 demo mail box")?;
    while let Some(line) = line(&mut lines)? {
        let upper = line.to_ascii_uppercase();
        let verb: String = upper.chars().take(4).collect();
        match verb.as_str() {
            "EHLO" => answer(stream, "250-demo mail box\r\n250-8BITMIME\r\n250 SMTPUTF8")?,
            "HELO" | "NOOP" => answer(stream, "250 ok")?,
            "MAIL" | "RSET" => {
                recipients.clear();
                answer(stream, "250 ok")?;
            }
            "RCPT" => {
                recipients.push(between_brackets(&line));
                answer(stream, "250 ok")?;
            }
            "DATA" if recipients.is_empty() => answer(stream, "503 to whom?")?,
            "DATA" => {
                answer(stream, "354 go on, end with a dot by itself")?;
                match mail(&mut lines)? {
                    Some(octets) => {
                        take(std::mem::take(&mut recipients), &octets);
                        answer(stream, "250 taken")?;
                    }
                    None => answer(stream, "552 too large")?,
                }
            }
            "QUIT" => return answer(stream, "221 goodbye"),
            _ => answer(stream, "502 not here")?,
        }
    }
    Ok(())
}

fn answer(mut stream: &TcpStream, text: &str) -> Result<()> {
    write!(stream, "{text}\r\n")
}

fn line(lines: &mut impl BufRead) -> Result<Option<String>> {
    let mut octets = Vec::new();
    let read = lines
        .by_ref()
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut octets)?;
    let text = String::from_utf8_lossy(&octets);
    Ok((read > 0).then(|| text.trim_end().to_owned()))
}

/// Up to the dot, with doubled dots single again (RFC 5321, 4.5.2); none when it is too large.
fn mail(lines: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut mail = Vec::new();
    loop {
        let mut octets = Vec::new();
        let read = lines
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut octets)?;
        if read == 0 || octets == b".\r\n" {
            return Ok((mail.len() <= LARGEST_MAIL).then_some(mail));
        }
        let line = octets.strip_prefix(b".").unwrap_or(&octets);
        if mail.len() <= LARGEST_MAIL {
            mail.extend_from_slice(line);
        }
    }
}

fn between_brackets(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap_or(("", line));
    rest.split('>').next().unwrap_or_default().to_owned()
}
