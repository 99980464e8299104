//! Emails to a server of the test's own, which says what it is told to.

mod tls;

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wf_vm::bytecode::TypeDesc;
use wf_vm::{Answer, NodeFailure, Started, Value};

use super::Send;
use crate::test_support::{Types, list, runtime, s};

pub(super) use tls::also_trusted;

/// What the server does where a command begins so, instead of what it should.
type Script = &'static [(&'static str, Reply)];

#[derive(Clone, Copy)]
enum Reply {
    Say(&'static str),
    /// Says it again and again, as long as somebody listens.
    Flood(&'static [u8]),
    Hang,
    Drop,
}

/// Takes one connection and gives all that was said to it.
fn serve(script: Script) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let mut out = stream.try_clone().expect("a stream");
        let mut lines = BufReader::new(stream).lines();
        let mut heard = Vec::new();
        let mut in_message = false;
        let mut pending = VecDeque::from(["220 test ready"]);
        loop {
            while let Some(reply) = pending.pop_front() {
                if out.write_all(format!("{reply}\r\n").as_bytes()).is_err() {
                    return heard;
                }
            }
            let Some(Ok(line)) = lines.next() else { return heard };
            let end = in_message && line == ".";
            let command = if end { "END" } else { &line };
            if !in_message || end {
                match script.iter().find(|(start, _)| command.starts_with(start)) {
                    Some((_, Reply::Drop)) => return heard,
                    Some((_, Reply::Hang)) => {
                        heard.extend(lines.map_while(Result::ok));
                        return heard;
                    }
                    Some((_, Reply::Flood(reply))) => {
                        let reply = reply.repeat(10_000);
                        while out.write_all(&reply).is_ok() {}
                        return heard;
                    }
                    Some((_, Reply::Say(reply))) => pending.push_back(reply),
                    None if command.starts_with("EHLO") => {
                        pending.extend(["250-test", "250 8BITMIME"]);
                    }
                    None if command == "DATA" => pending.push_back("354 go on"),
                    None if command == "QUIT" => pending.push_back("221 bye"),
                    None => pending.push_back("250 fine"),
                }
            }
            in_message = match command {
                "DATA" => pending.back().is_some_and(|reply| reply.starts_with("354")),
                _ => in_message && !end,
            };
            heard.push(line);
        }
    });
    (port, server)
}

fn server(types: &mut Types, port: u16, more: &[(&str, Value)]) -> Value {
    let json = types.add(TypeDesc::Json);
    let fields =
        [("host", json), ("port", json), ("user?", json), ("password?", json), ("tls?", json)];
    let ty = types.record("", &fields);
    let mut values =
        vec![("host", s("127.0.0.1")), ("port", Value::Int(port.into())), ("tls", s("none"))];
    for (name, value) in more {
        values.retain(|(n, _)| n != name);
        values.push((name, value.clone()));
    }
    types.value(ty, &values)
}

/// Sends an email that these inputs change.
fn send(port: u16, more: &[(&str, Value)], at: &[(&str, Value)]) -> Result<String, NodeFailure> {
    let runtime = runtime();
    let mut types = Types::new();
    let server = server(&mut types, port, at);
    let mut inputs = vec![
        ("server", server),
        ("from", s("Robot <robot@example.com>")),
        ("to", list([s("ada@example.com")])),
        ("subject", s("Hello")),
        ("text", s("Hi.\n.\nBye.")),
    ];
    for (name, value) in more {
        inputs.retain(|(n, _)| n != name);
        inputs.push((name, value.clone()));
    }
    let input = types.input(&inputs);
    let output = types.output(&["messageId", "recipients", "success"]);
    let mut call = types.call(input, output);
    call.timeout = Some(2_000_000);
    match call.run(&Send { waiting: runtime.handle().clone().into() })? {
        Answer::Json(text) => Ok(text),
        Answer::Value(value) => panic!("{value:?} is no JSON"),
    }
}

#[test]
fn an_email_arrives_as_it_is_meant() {
    let (port, server) = serve(&[]);
    let more = [
        ("cc", list([s("Grace Hopper <grace@example.com>")])),
        ("bcc", list([s("hidden@example.com")])),
        ("subject", s("Grüße")),
        ("html", s("<p>Hi.</p>")),
        ("replyTo", s("answers@example.com")),
    ];
    let sent = send(port, &more, &[]).expect("it is sent");
    assert!(sent.contains("\"recipients\":3") && sent.contains("@example.com>"), "{sent}");
    let heard = server.join().expect("the server ends").join("\n");
    for part in [
        "MAIL FROM:<robot@example.com>",
        "RCPT TO:<ada@example.com>",
        "RCPT TO:<grace@example.com>",
        "RCPT TO:<hidden@example.com>",
        "From: Robot <robot@example.com>",
        "Subject: =?utf-8?b?",
        "Reply-To: answers@example.com",
        "Date: Tue, 14 Nov 2023 22:13:20",
        "Message-ID: <",
        "multipart/alternative",
        "<p>Hi.</p>",
    ] {
        assert!(heard.contains(part), "{part} is missing in\n{heard}");
    }
    assert!(!heard.contains("Bcc") && heard.matches("hidden@").count() == 1, "{heard}");
    // A line that is a dot ends nothing.
    assert!(heard.contains("\n..\nBye.") || heard.contains("\n..\r\nBye."), "{heard}");
}

#[test]
fn files_go_with_it() {
    let (port, server) = serve(&[]);
    let mut types = Types::new();
    let json = types.add(TypeDesc::Json);
    let runtime = runtime();
    let ty = types.record("", &[("name", json), ("content", json), ("type?", json)]);
    let file = types.value(
        ty,
        &[
            ("name", s("grüße \"1\".pdf")),
            ("content", s("JVBERv8=")),
            ("type", s("application/pdf")),
        ],
    );
    let inputs = [
        ("server", self::server(&mut types, port, &[])),
        ("from", s("robot@example.com")),
        ("to", list([s("ada@example.com")])),
        ("subject", s("Hello")),
        ("html", s("<p>Hi.</p>")),
        ("attachments", list([file])),
    ];
    let input = types.input(&inputs);
    let output = types.output(&["messageId", "recipients", "success"]);
    let call = types.call(input, output);
    call.run(&Send { waiting: runtime.handle().clone().into() }).expect("it is sent");
    let heard = server.join().expect("the server ends").join("\n");
    for part in ["multipart/mixed", "application/pdf", "JVBERv8=", "attachment", "text/html"] {
        assert!(heard.contains(part), "{part} is missing in\n{heard}");
    }
}

#[test]
fn the_server_says_no() {
    for (script, code, transient) in [
        (&[("RCPT", Reply::Say("550 no such user"))] as Script, "550", false),
        (&[("RCPT", Reply::Say("451 come again later"))], "451", true),
        (&[("MAIL", Reply::Say("530 log in first"))], "530", false),
        (&[("DATA", Reply::Say("452 disk full"))], "452", true),
        (&[("END", Reply::Say("554 spam"))], "554", false),
        (&[("RCPT", Reply::Drop)], "connect", true),
        (&[("END", Reply::Drop)], "connect", true),
        (&[("EHLO", Reply::Say("nonsense"))], "connect", true),
        (&[("MAIL", Reply::Hang)], "timeout", true),
    ] {
        let (port, server) = serve(script);
        let failure = send(port, &[], &[]).expect_err("it is not taken");
        assert_eq!((failure.code.as_str(), failure.transient), (code, transient), "{failure:?}");
        let status = code.parse::<i64>().ok();
        assert_eq!(failure.status_code, status, "{failure:?}");
        drop(server.join());
    }
    // Nobody listens there any more.
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let failure = send(port, &[], &[]).expect_err("nobody is there");
    assert_eq!((failure.code.as_str(), failure.transient), ("connect", true));
}

#[test]
fn what_came_of_an_email_is_told_though_the_server_hangs_then() {
    let began = Instant::now();
    let (port, server) = serve(&[("QUIT", Reply::Hang)]);
    let sent = send(port, &[], &[]).expect("it is taken: sent again, it would come twice");
    assert!(sent.contains("\"recipients\":1"), "{sent}");
    drop(server.join());
    let (port, server) = serve(&[("RCPT", Reply::Say("550 no")), ("QUIT", Reply::Hang)]);
    let failure = send(port, &[], &[]).expect_err("it is refused");
    assert_eq!((failure.code.as_str(), failure.transient), ("550", false), "{failure:?}");
    drop(server.join());
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_server_is_not_believed_more_than_the_network() {
    for (script, says) in [
        // Without an end, in one line and in many.
        (&[("EHLO", Reply::Flood(b"2"))] as Script, "a line of more than 4096 bytes"),
        (&[("EHLO", Reply::Flood(b"250-x\r\n"))], "more than 128 lines"),
        (&[("RCPT", Reply::Flood(b"250 fine\r\n"))], "without being asked"),
        // Not what must be said for the next command.
        (&[("MAIL", Reply::Say("334 go on"))], "says 334 where it can't"),
        (&[("DATA", Reply::Say("250 fine"))], "says 250 where it can't"),
        (&[("END", Reply::Say("354 go on"))], "says 354 where it can't"),
        (&[("MAIL", Reply::Say("250 fine\r\n250 fine"))], "says 250 without being asked"),
        (&[("EHLO", Reply::Say("250-test\r\n251 8BITMIME"))], "an answer of several codes"),
        (&[("EHLO", Reply::Say("150 wait"))], "without code"),
        (&[("EHLO", Reply::Say("25"))], "without code"),
        (&[("EHLO", Reply::Say("250_test"))], "without code"),
        (&[("EHLO", Reply::Say("+50 test"))], "without code"),
        (&[("EHLO", Reply::Say("\u{e4}\u{e4}"))], "without code"),
    ] {
        let (port, server) = serve(script);
        let failure = send(port, &[], &[]).expect_err("nobody knows what came of it");
        assert_eq!((failure.code.as_str(), failure.transient), ("connect", true), "{failure:?}");
        assert!(failure.message.contains(says), "{says}: {failure:?}");
        drop(server.join());
    }
    // A server that goes away says so, and may be asked again.
    let (port, server) = serve(&[("MAIL", Reply::Say("250 fine\r\n421 closing"))]);
    let failure = send(port, &[], &[]).expect_err("it goes away");
    assert_eq!((failure.code.as_str(), failure.transient), ("421", true), "{failure:?}");
    drop(server.join());
    // Servers end lines as they like, and say what they like behind a code.
    let (port, server) = serve(&[("EHLO", Reply::Say("250-\u{fc}\n250-\n250 \u{1b}[1m"))]);
    send(port, &[], &[]).expect("it is sent");
    drop(server.join());
    let (port, server) = serve(&[("RCPT", Reply::Say("550 \u{1b}[31mno\u{7}"))]);
    let failure = send(port, &[], &[]).expect_err("it is refused");
    let expected = "refuses the recipient `ada@example.com`: 550 [31mno";
    assert!(failure.message.ends_with(expected), "{failure:?}");
    drop(server.join());
}

#[test]
fn what_is_said_in_the_clear_behind_starttls_is_not_heard() {
    for more in ["250 fine", "\u{16}\u{3}\u{3}"] {
        let reply: &'static str = Box::leak(format!("220 go on\r\n{more}").into_boxed_str());
        let script =
            vec![("EHLO", Reply::Say("250-test\r\n250 starttls")), ("STARTTLS", Reply::Say(reply))];
        let (port, server) = serve(script.leak());
        let failure = send(port, &[], &[("tls", s("starttls"))]).expect_err("it is not safe");
        assert_eq!((failure.code.as_str(), failure.transient), ("tls", false), "{failure:?}");
        drop(server.join());
    }
}

#[test]
fn nothing_secret_goes_over_an_open_line() {
    let password = [("user", s("robot")), ("password", s("hunter2"))];
    let starttls = [&password[..], &[("tls", s("starttls"))]].concat();
    let (port, server) = serve(&[]);
    let failure = send(port, &[], &starttls).expect_err("it has no STARTTLS");
    assert_eq!((failure.code.as_str(), failure.transient), ("Unsupported", false), "{failure:?}");
    let heard = server.join().expect("the server ends").join("\n");
    assert!(!heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");

    let code = |at: &[(&str, Value)]| send(1, &[], at).expect_err("it is refused").code;
    assert_eq!(code(&password), "InvalidInput");
    assert_eq!(code(&[("user", s("robot"))]), "InvalidInput");
    for (user, password) in [("a\0b", "c"), ("a", "b\0c")] {
        let at = [("tls", s("implicit")), ("user", s(user)), ("password", s(password))];
        assert_eq!(code(&at), "InvalidInput");
    }
    for host in ["mail.example.com", "10.0.0.1", "127.0.0.1.example.com", "", "a b", "a\r\nb"] {
        assert_eq!(code(&[("host", s(host))]), "InvalidInput", "{host}");
    }
    for port in [0, -1, 65536] {
        assert_eq!(code(&[("port", Value::Int(port))]), "InvalidInput");
    }
}

#[test]
fn no_header_and_no_command_can_be_put_in() {
    let code = |more: &[(&str, Value)]| send(1, more, &[]).expect_err("it is refused").code;
    for text in ["a\r\nBcc: evil@example.com", "a\nb", "a\rb", "a\0b", &"x".repeat(3000)] {
        assert_eq!(code(&[("subject", s(text))]), "InvalidInput", "{text:?}");
    }
    for address in [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "ada@example.com\r\nRCPT TO:<evil@example.com>",
        "ada@example.com> BODY=8BITMIME <evil@example.com",
        "Ada\nBcc: evil@example.com <ada@example.com>",
        "ada@example.com, evil@example.com",
    ] {
        for name in ["from", "replyTo"] {
            assert_eq!(code(&[(name, s(address))]), "InvalidAddress", "{address:?}");
        }
        for name in ["to", "cc", "bcc"] {
            assert_eq!(code(&[(name, list([s(address)]))]), "InvalidAddress", "{address:?}");
        }
    }
    assert_eq!(code(&[("to", list([]))]), "InvalidInput");
    assert_eq!(code(&[("text", Value::Null)]), "InvalidInput");
    let many: Vec<Value> = (0..501).map(|n| s(&format!("a{n}@example.com"))).collect();
    assert_eq!(code(&[("to", list(many))]), "InvalidInput");
}

#[test]
fn a_cancelled_call_hangs_up() {
    let (port, server) = serve(&[("MAIL", Reply::Hang)]);
    let runtime = runtime();
    let mut types = Types::new();
    let inputs = [
        ("server", self::server(&mut types, port, &[])),
        ("from", s("robot@example.com")),
        ("to", list([s("ada@example.com")])),
        ("subject", s("Hello")),
        ("text", s("Hi.")),
    ];
    let input = types.input(&inputs);
    let output = types.output(&["messageId", "recipients", "success"]);
    let call = types.call(input, output);
    let Started::Pending(cancel) = call.start(&Send { waiting: runtime.handle().clone().into() })
    else {
        panic!("it waits")
    };
    assert!(call.outcome(Duration::from_millis(300)).is_none());
    let began = Instant::now();
    drop(cancel);
    // The server hears the end of the connection.
    server.join().expect("the server ends");
    assert!(began.elapsed() < Duration::from_secs(10));
    let outcome = call.outcome(Duration::from_secs(10)).expect("the promise is kept");
    assert_eq!(outcome.expect_err("it was given up").code, "Cancelled");
}
