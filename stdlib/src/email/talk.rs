//! What is said to a server of SMTP (RFC 5321), and what it may say.
//!
//! A conversation of our own: the transport of `lettre`, which makes the messages, keeps lines of any length,
//! reads an answer that nobody asked for as the next one, and waits for the one to `QUIT`, so that an email
//! that was taken counts as failed and is sent again.
//!
//! A server is believed no more than the network: an answer has a length, belongs to the last command,
//! and says what it must say for the next one. Nothing is waited for once it is known what came of the
//! email: who hangs then must not have it sent again.

use std::io;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use wf_vm::NodeFailure;

use super::message::Email;
use super::server::{Credentials, Safety, Server};

/// How long a line of an answer may be; RFC 5321 has 512.
const MAX_LINE: usize = 4096;

/// How many lines an answer may have.
const MAX_LINES: usize = 128;

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// How we call ourselves: a literal, as a machine without a name should.
const OWN_NAME: &str = "[127.0.0.1]";

/// A connection, safe or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// An answer.
struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// Whether the server has done what it was told.
    fn is_done(&self) -> bool {
        self.code / 100 == 2
    }

    /// The words that say what a server can, in an answer to `EHLO`: those of this name.
    fn offers(&self, name: &str) -> Option<impl Iterator<Item = &str>> {
        // The first line is the name of the server.
        self.lines.iter().skip(1).find_map(|line| {
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            words.next().filter(|word| word.eq_ignore_ascii_case(name)).map(|_| words)
        })
    }

    fn has(&self, name: &str) -> bool {
        self.offers(name).is_some()
    }
}

/// A conversation with a server.
struct Talk<'a> {
    server: &'a Server,
    stream: BufReader<Box<dyn Stream>>,
}

/// Hands an email in.
///
/// # Errors
/// The server can't be reached, is not safe, refuses, or does not speak SMTP.
pub(super) async fn send(server: &Server, email: &Email) -> Result<(), NodeFailure> {
    let stream = server.connect().await?;
    let stream = match server.safety {
        Safety::Implicit => server.secure(stream).await?,
        Safety::StartTls | Safety::None => stream,
    };
    let mut talk = Talk { server, stream: BufReader::new(stream) };
    let greeting = talk.reply().await?;
    talk.expect_done(greeting, "refuses to talk")?;
    let mut offered = talk.hello().await?;
    if server.safety == Safety::StartTls {
        if !offered.has("STARTTLS") {
            return Err(talk.unsupported("has no STARTTLS"));
        }
        let reply = talk.ask("STARTTLS").await?;
        talk.expect_done(reply, "refuses STARTTLS")?;
        talk = talk.secured().await?;
        offered = talk.hello().await?;
    }
    let sent = talk.hand_in(&offered, email).await;
    let goodbye = async {
        talk.write(b"QUIT\r\n").await?;
        talk.stream.shutdown().await.map_err(|e| talk.server.broken(&e))
    };
    // It is settled already what came of the email.
    drop(tokio::time::timeout(GOODBYE, goodbye).await);
    sent
}

impl<'a> Talk<'a> {
    /// The same over TLS. What was said in the clear behind the answer could be from anybody.
    async fn secured(self) -> Result<Talk<'a>, NodeFailure> {
        if !self.stream.buffer().is_empty() {
            let message = format!("{} goes on in the clear after STARTTLS", self.server.name());
            return Err(NodeFailure::new("tls", message));
        }
        let stream = self.server.secure(self.stream.into_inner()).await?;
        Ok(Talk { server: self.server, stream: BufReader::new(stream) })
    }

    async fn hello(&mut self) -> Result<Reply, NodeFailure> {
        let reply = self.ask(&format!("EHLO {OWN_NAME}")).await?;
        self.expect_done(reply, "refuses EHLO")
    }

    async fn hand_in(&mut self, offered: &Reply, email: &Email) -> Result<(), NodeFailure> {
        if let Some(credentials) = &self.server.credentials {
            self.log_in(offered, credentials).await?;
        }
        let mut sender = format!("MAIL FROM:<{}>", address(email.envelope.from()));
        let mut named = email.envelope.from().into_iter().chain(email.envelope.to());
        if named.any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
            if !offered.has("SMTPUTF8") {
                return Err(self.unsupported("has no SMTPUTF8, which addresses beyond ASCII need"));
            }
            sender.push_str(" SMTPUTF8");
        }
        if !email.bytes.is_ascii() {
            if !offered.has("8BITMIME") {
                return Err(self.unsupported("has no 8BITMIME, which this email needs"));
            }
            sender.push_str(" BODY=8BITMIME");
        }
        let reply = self.ask(&sender).await?;
        self.expect_done(reply, "refuses the sender")?;
        for recipient in email.envelope.to() {
            let reply = self.ask(&format!("RCPT TO:<{recipient}>")).await?;
            self.expect_done(reply, &format!("refuses the recipient `{recipient}`"))?;
        }
        let reply = self.ask("DATA").await?;
        self.expect(reply, 354, "refuses the email")?;
        self.write(&as_data(&email.bytes)).await?;
        let reply = self.reply().await?;
        self.expect_done(reply, "refuses the email")?;
        Ok(())
    }

    async fn log_in(
        &mut self,
        offered: &Reply,
        credentials: &Credentials,
    ) -> Result<(), NodeFailure> {
        let ways: Vec<&str> = offered.offers("AUTH").map(Iterator::collect).unwrap_or_default();
        let knows = |name: &str| ways.iter().any(|way| way.eq_ignore_ascii_case(name));
        let Credentials { user, password } = credentials;
        let reply = if knows("PLAIN") {
            let both = STANDARD.encode(format!("\0{user}\0{password}"));
            self.ask(&format!("AUTH PLAIN {both}")).await?
        } else if knows("LOGIN") {
            let reply = self.ask("AUTH LOGIN").await?;
            self.expect(reply, 334, "refuses the login")?;
            let reply = self.ask(&STANDARD.encode(user)).await?;
            self.expect(reply, 334, "refuses the login")?;
            self.ask(&STANDARD.encode(password)).await?
        } else {
            return Err(self.unsupported("has no way to log in that is known (PLAIN, LOGIN)"));
        };
        self.expect_done(reply, "refuses the login")?;
        Ok(())
    }

    /// Says a command and takes its answer.
    async fn ask(&mut self, command: &str) -> Result<Reply, NodeFailure> {
        if !self.stream.buffer().is_empty() {
            let reply = self.reply().await?;
            // A server that goes away says so unasked.
            return match reply.code {
                421 => Err(self.refusal(&reply, "goes away")),
                _ => Err(self.no_smtp(&format!("says {} without being asked", reply.code))),
            };
        }
        self.write(format!("{command}\r\n").as_bytes()).await?;
        self.reply().await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), NodeFailure> {
        let written = self.stream.write_all(bytes).await;
        let written = match written {
            Ok(()) => self.stream.flush().await,
            Err(error) => Err(error),
        };
        written.map_err(|error| self.server.broken(&error))
    }

    /// An answer, of one line or several.
    async fn reply(&mut self) -> Result<Reply, NodeFailure> {
        let mut found: Option<u16> = None;
        let mut lines = Vec::new();
        loop {
            let line = self.line().await?;
            let parts = line.split_at_checked(3);
            let (code, rest) = parts.ok_or_else(|| self.no_smtp("gives an answer without code"))?;
            let code = code.parse().ok().filter(|code| (200..=599).contains(code));
            let code: u16 = code.ok_or_else(|| self.no_smtp("gives an answer without code"))?;
            if found.is_some_and(|found| found != code) {
                return Err(self.no_smtp("gives an answer of several codes"));
            }
            found = Some(code);
            let text = rest.get(1..).unwrap_or_default();
            lines.push(text.to_owned());
            match rest.chars().next() {
                None | Some(' ') => return Ok(Reply { code, lines }),
                Some('-') if lines.len() < MAX_LINES => {}
                Some('-') => {
                    let why = format!("gives an answer of more than {MAX_LINES} lines");
                    return Err(self.no_smtp(&why));
                }
                Some(_) => return Err(self.no_smtp("gives an answer without code")),
            }
        }
    }

    /// A line of an answer, without its end.
    async fn line(&mut self) -> Result<String, NodeFailure> {
        let mut line = Vec::new();
        loop {
            let server = self.server;
            let read = self.stream.fill_buf().await.map_err(|error| server.broken(&error))?;
            if read.is_empty() {
                let ended = io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended");
                return Err(server.broken(&ended));
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(read.len(), |end| end + 1);
            line.extend_from_slice(read.get(..taken).unwrap_or_default());
            self.stream.consume(taken);
            if line.len() > MAX_LINE {
                return Err(self.no_smtp(&format!("says a line of more than {MAX_LINE} bytes")));
            }
            if end.is_some() {
                let text = String::from_utf8_lossy(&line);
                return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
            }
        }
    }

    fn expect_done(&self, reply: Reply, refusal: &str) -> Result<Reply, NodeFailure> {
        if reply.is_done() { Ok(reply) } else { Err(self.unexpected(&reply, refusal)) }
    }

    fn expect(&self, reply: Reply, code: u16, refusal: &str) -> Result<Reply, NodeFailure> {
        if reply.code == code { Ok(reply) } else { Err(self.unexpected(&reply, refusal)) }
    }

    fn unexpected(&self, reply: &Reply, refusal: &str) -> NodeFailure {
        match reply.code {
            400..=599 => self.refusal(reply, refusal),
            code => self.no_smtp(&format!("says {code} where it can't")),
        }
    }

    fn refusal(&self, reply: &Reply, refusal: &str) -> NodeFailure {
        let said = reply.lines.join(" ");
        let said = said.chars().map(|c| if c.is_control() { ' ' } else { c });
        let said: String = said.take(200).collect();
        let (name, code) = (self.server.name(), reply.code);
        let message = format!("{name} {refusal}: {code} {}", said.trim());
        NodeFailure {
            status_code: Some(code.into()),
            transient: code / 100 == 4,
            ..NodeFailure::new(code.to_string(), message)
        }
    }

    /// What follows from an answer that no server of SMTP gives is as unknown as that of none.
    fn no_smtp(&self, why: &str) -> NodeFailure {
        let message = format!("{} {why}: is it a server of SMTP?", self.server.name());
        NodeFailure { transient: true, ..NodeFailure::new("connect", message) }
    }

    fn unsupported(&self, what: &str) -> NodeFailure {
        NodeFailure::new("Unsupported", format!("{} {what}", self.server.name()))
    }
}

fn address(sender: Option<&lettre::Address>) -> String {
    sender.map(ToString::to_string).unwrap_or_default()
}

/// An email as it stands behind `DATA`: each line ends with CR LF and none is the dot that ends it.
fn as_data(email: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(email.len() + email.len() / 32 + 5);
    let mut bytes = email.iter().copied().peekable();
    let mut begins = true;
    while let Some(byte) = bytes.next() {
        // A server may take either alone for the end of a line, and then a dot for the end of all.
        if byte == b'\r' || byte == b'\n' {
            if byte == b'\r' {
                bytes.next_if_eq(&b'\n');
            }
            data.extend_from_slice(b"\r\n");
            begins = true;
            continue;
        }
        if begins && byte == b'.' {
            data.push(b'.');
        }
        data.push(byte);
        begins = false;
    }
    if !begins {
        data.extend_from_slice(b"\r\n");
    }
    data.extend_from_slice(b".\r\n");
    data
}

#[cfg(test)]
mod tests {
    use super::as_data;

    #[test]
    fn no_line_of_an_email_ends_it() {
        for (email, data) in [
            ("", ".\r\n"),
            ("a", "a\r\n.\r\n"),
            ("a\r\n", "a\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            ("a\r\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"),
            ("a\n.\nb\n", "a\r\n..\r\nb\r\n.\r\n"),
            ("a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"),
            ("a\n.\r\nMAIL FROM:<b>", "a\r\n..\r\nMAIL FROM:<b>\r\n.\r\n"),
            ("a\r\r\n.b.\n\r..", "a\r\n\r\n..b.\r\n\r\n...\r\n.\r\n"),
        ] {
            assert_eq!(String::from_utf8_lossy(&as_data(email.as_bytes())), data, "{email:?}");
        }
    }
}
