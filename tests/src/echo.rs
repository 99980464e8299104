//! An HTTP server for tests: it answers every request with what it was sent, as JSON.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Map, Value, json};

/// Starts a server on a port of this machine, and gives its address. It ends with the process.
///
/// # Errors
/// No port can be had.
pub(crate) fn start() -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("a port: {e}"))?;
    let address = listener.local_addr().map_err(|e| format!("a port: {e}"))?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away ends its own test.
            std::thread::spawn(move || answer(&stream).ok());
        }
    });
    Ok(format!("http://{address}"))
}

/// Reads one request and answers it: `{ method, path, headers, body }`.
fn answer(mut stream: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    let first = String::from_utf8_lossy(&line).into_owned();
    let mut words = first.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Map::new();
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        let header = String::from_utf8_lossy(&line).into_owned();
        let header = header.trim_end_matches(['\r', '\n']);
        let Some((name, value)) = header.split_once(':') else { break };
        let name = name.to_ascii_lowercase();
        headers.insert(name, Value::from(value.strip_prefix(' ').unwrap_or(value)));
    }
    let length = headers.get("content-length").and_then(Value::as_str);
    let mut body = vec![0; length.and_then(|n| n.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let text = json!({ "method": method, "path": path, "headers": headers, "body": body });
    let text = text.to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{text}",
        text.len()
    )
}
