//! Emails over TLS: to a server whose certificate a root of the test has signed, and to such whose
//! certificate is not right. The files beside this one are for these tests only.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::send;
use crate::test_support::s;

/// The root of the tests, which is trusted besides those of the system.
pub(in crate::email) fn also_trusted() -> Vec<CertificateDer<'static>> {
    vec![CertificateDer::from_pem_slice(include_bytes!("root.pem")).expect("a certificate")]
}

const HERE: &[u8] = include_bytes!("here.pem");
const OTHER_NAME: &[u8] = include_bytes!("other.pem");
const STRANGER: &[u8] = include_bytes!("stranger.pem");

fn config(pem: &[u8]) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(pem).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(pem).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Arc::new(config.expect("the key fits"))
}

/// Talks SMTP until the connection ends or STARTTLS is asked for; gives what was heard.
fn talk(stream: &mut (impl Read + Write), greet: bool, offers: &str, heard: &mut Vec<String>) {
    let mut stream = BufReader::new(stream);
    if greet && stream.get_mut().write_all(b"220 test ready\r\n").is_err() {
        return;
    }
    let mut in_message = false;
    let mut line = String::new();
    loop {
        line.clear();
        if !stream.read_line(&mut line).is_ok_and(|count| count > 0) {
            return;
        }
        let command = line.trim_end();
        heard.push(command.to_owned());
        let reply = match command {
            "." if in_message => "250 fine",
            _ if in_message => continue,
            "DATA" => "354 go on",
            "STARTTLS" => "220 go on",
            "QUIT" => "221 bye",
            _ if command.starts_with("EHLO") => offers,
            _ if command.starts_with("AUTH") => "235 welcome",
            _ => "250 fine",
        };
        in_message = command == "DATA";
        let said = stream.get_mut().write_all(format!("{reply}\r\n").as_bytes());
        if said.is_err() || stream.get_mut().flush().is_err() || command == "STARTTLS" {
            return;
        }
    }
}

/// What was said in the clear, and what was said over TLS.
type Heard = (Vec<String>, Vec<String>);

/// Takes one connection.
fn serve(pem: &'static [u8], implicit: bool) -> (u16, JoinHandle<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (mut stream, _): (TcpStream, _) = listener.accept().expect("a client");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let (mut clear, mut safe) = (Vec::new(), Vec::new());
        if !implicit {
            talk(&mut stream, true, "250-test\r\n250 STARTTLS", &mut clear);
        }
        let connection = ServerConnection::new(config(pem)).expect("a connection");
        let mut stream = StreamOwned::new(connection, stream);
        talk(&mut stream, implicit, "250-test\r\n250 AUTH PLAIN", &mut safe);
        (clear, safe)
    });
    (port, server)
}

#[test]
fn an_email_goes_over_tls_with_its_password() {
    for (tls, implicit) in [("implicit", true), ("starttls", false)] {
        let (port, server) = serve(HERE, implicit);
        let at = [("tls", s(tls)), ("user", s("robot")), ("password", s("hunter2"))];
        let sent = send(port, &[], &at).unwrap_or_else(|failure| panic!("{tls}: {failure:?}"));
        assert!(sent.contains("\"recipients\":1"), "{sent}");
        let (clear, safe) = server.join().expect("the server ends");
        let in_clear: Vec<&str> = clear.iter().map(|line| &line[..4]).collect();
        assert_eq!(in_clear, if implicit { vec![] } else { vec!["EHLO", "STAR"] });
        for part in ["AUTH PLAIN", "MAIL FROM:<robot@example.com>", "Subject: Hello"] {
            assert!(safe.iter().any(|line| line.starts_with(part)), "{part}: {safe:?}");
        }
    }
}

#[test]
fn a_server_whose_certificate_is_wrong_hears_nothing() {
    for pem in [OTHER_NAME, STRANGER] {
        for (tls, implicit) in [("implicit", true), ("starttls", false)] {
            let (port, server) = serve(pem, implicit);
            let at = [("tls", s(tls)), ("user", s("robot")), ("password", s("hunter2"))];
            let failure = send(port, &[], &at).expect_err("the certificate is wrong");
            assert_eq!((failure.code.as_str(), failure.transient), ("tls", false), "{failure:?}");
            let (_, safe) = server.join().expect("the server ends");
            assert!(safe.is_empty(), "{safe:?}");
        }
    }
}
