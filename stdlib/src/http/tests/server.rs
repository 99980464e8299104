//! A server that answers by path.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) line: String,
    /// Lower-case names.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// A server on a port of its own. It ends with the process.
pub(super) struct Server {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || serve(stream, &kept));
            }
        });
        Self { url, seen }
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// All requests so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }

    pub(super) fn last(&self) -> Seen {
        self.seen().pop().expect("there was a request")
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Seen>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let Some(request) = read(&mut reader) else { return };
    let (line, path) = (request.line.clone(), path_of(&request.line));
    let number = {
        let mut seen = seen.lock().expect("not poisoned");
        seen.push(request);
        seen.iter().filter(|s| s.line == line).count()
    };
    answer(stream, &path, number);
}

fn path_of(line: &str) -> String {
    line.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut seen = Seen { line: line.trim_end().to_owned(), headers, body: String::new() };
    let length = seen.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    seen.body = String::from_utf8_lossy(&body).into_owned();
    Some(seen)
}

/// Answers a path; `number` counts the requests of the same first line, from 1.
fn answer(mut stream: TcpStream, path: &str, number: usize) {
    let (path, _query) = path.split_once('?').unwrap_or((path, ""));
    let (head, body): (String, Vec<u8>) = match path {
        "/person" => (
            "200 OK\r\nContent-Type: application/json".into(),
            br#"{"name":"Ada","big":12345678901234567890}"#.to_vec(),
        ),
        "/text" => ("200 OK".into(), "\u{feff}héllo".as_bytes().to_vec()),
        "/latin" => {
            ("200 OK\r\nContent-Type: text/plain; charset=ISO-8859-1".into(), b"h\xe9".to_vec())
        }
        "/bytes" => ("200 OK".into(), vec![0xff, 0xfe]),
        "/garbled" => ("200 OK\r\nContent-Encoding: gzip".into(), b"this is not gzip".to_vec()),
        "/empty" => ("204 No Content".into(), vec![]),
        "/broken" => ("200 OK".into(), b"{\"name\": ".to_vec()),
        "/two" => ("200 OK".into(), b"1 2".to_vec()),
        "/missing" => ("404 Not Found".into(), br#"{"message":"no such person"}"#.to_vec()),
        "/busy" => ("429 Too Many Requests\r\nRetry-After: 2".into(), b"slow down".to_vec()),
        "/down" => ("503 Service Unavailable".into(), vec![]),
        "/repeat" => ("200 OK\r\nX-A: 1\r\nx-a: 2\r\nX-B: 3".into(), b"null".to_vec()),
        "/turn" => match number {
            1 => ("503 Service Unavailable".into(), vec![]),
            n => ("200 OK".into(), format!("{{\"turn\":{n}}}").into_bytes()),
        },
        "/found" => ("302 Found\r\nLocation: /person".into(), vec![]),
        "/same" => ("307 Temporary Redirect\r\nLocation: /echo".into(), vec![]),
        "/circle" => ("301 Moved Permanently\r\nLocation: /circle".into(), vec![]),
        "/file" => ("302 Found\r\nLocation: file:///etc/passwd".into(), vec![]),
        "/huge" => ("200 OK".into(), vec![b' '; (64 << 20) + 1]),
        path if path.starts_with("/away/") => {
            let port = path.trim_start_matches("/away/");
            (format!("302 Found\r\nLocation: http://127.0.0.1:{port}/person"), vec![])
        }
        "/pause" => {
            std::thread::sleep(Duration::from_millis(200));
            ("200 OK".into(), b"null".to_vec())
        }
        "/slow" => {
            std::thread::sleep(Duration::from_secs(20));
            return;
        }
        "/hangup" => return,
        "/cut" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":");
            return;
        }
        _ => ("200 OK".into(), b"null".to_vec()),
    };
    let head =
        format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
