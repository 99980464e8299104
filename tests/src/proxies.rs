//! `wf run --proxy env`: which requests go through the proxies that the environment names.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::binary;
use crate::harness::{Outcome, Test};
use crate::run::Folder;

const FETCH: &str = "workflow fetch {\n  trigger function(url: string)\n  \
    step get = try http.get<string> { url: trigger.arguments.url } with { timeout: 20s }\n  \
    return steps.get.output?.body ?? steps.get.error?.code\n}\n";

/// What is set, which URL is asked for, and the first lines that come at the proxy.
type Asked = (&'static [(&'static str, &'static str)], &'static str, &'static [&'static str]);

/// `PROXY` stands for the address of the proxy. A host that is asked directly does not exist.
const CASES: &[Asked] = &[
    (&[("HTTP_PROXY", "http://PROXY")], "http://a.invalid/x", &["GET http://a.invalid/x HTTP/1.1"]),
    (&[("http_proxy", "PROXY")], "http://a.invalid/x", &["GET http://a.invalid/x HTTP/1.1"]),
    (
        &[("HTTPS_PROXY", "http://PROXY")],
        "https://a.invalid/x",
        &["CONNECT a.invalid:443 HTTP/1.1"],
    ),
    (&[("HTTPS_PROXY", "http://PROXY")], "http://a.invalid/x", &[]),
    (&[("HTTP_PROXY", "http://PROXY")], "https://a.invalid/x", &[]),
    (&[("ALL_PROXY", "http://PROXY")], "http://a.invalid/x", &["GET http://a.invalid/x HTTP/1.1"]),
    (&[("ALL_PROXY", "http://PROXY"), ("NO_PROXY", "a.invalid")], "http://a.invalid/x", &[]),
    (&[("ALL_PROXY", "http://PROXY"), ("NO_PROXY", ".invalid")], "http://a.b.invalid/x", &[]),
    (
        &[("ALL_PROXY", "http://PROXY"), ("NO_PROXY", "b.invalid, 10.0.0.0/8")],
        "http://a.invalid/x",
        &["GET http://a.invalid/x HTTP/1.1"],
    ),
    (&[("ALL_PROXY", "http://PROXY"), ("NO_PROXY", "*")], "http://a.invalid/x", &[]),
];

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    tests.push(Test::new("cli proxies of the environment", |_| {
        let folder = Folder::new("proxies")?;
        folder.write("fetch.wf", FETCH)?;
        CASES.iter().try_for_each(|(set, url, asked)| {
            check(&folder, set, url, true, asked).map_err(|e| format!("{set:?}, {url}: {e}"))
        })?;
        let (set, url, _) = CASES[0];
        check(&folder, set, url, false, &[]).map_err(|e| format!("without `--proxy env`: {e}"))
    }));
}

/// Runs a request under these variables, with or without `--proxy env`.
fn check(
    folder: &Folder,
    set: &[(&str, &str)],
    url: &str,
    chosen: bool,
    asked: &[&str],
) -> Outcome {
    let proxy = Proxy::start()?;
    let mut command = Command::new(&binary::binaries()?.wf);
    command.current_dir(folder.path()).args(["run", "fetch.wf", "--arg", &format!("url={url}")]);
    if chosen {
        command.args(["--proxy", "env"]);
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    for (name, value) in set {
        command.env(name, value.replace("PROXY", &proxy.address.to_string()));
    }
    let done = binary::finish(&mut command)?;
    let came = proxy.lines.lock().map_err(|e| e.to_string())?.clone();
    if came != asked {
        return Err(format!("{came:?} came at the proxy, not {asked:?}; {}", done.stdout));
    }
    // A request in the clear is answered by the proxy, a tunnel is refused.
    let answered = asked.first().is_some_and(|line| line.starts_with("GET"));
    let expected = if answered { "\"proxied\"" } else { "\"connect\"" };
    if done.stdout.trim() != expected {
        return Err(format!("gave {}, not {expected}", done.stdout.trim()));
    }
    Ok(())
}

/// A proxy that answers every request itself and refuses tunnels.
struct Proxy {
    address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&lines);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &seen);
            }
        });
        Ok(Self { address, lines })
    }
}

/// Answers one request, whose first line is noted before: whoever has the answer looks at the lines.
fn answer(mut stream: TcpStream, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let first = first.trim();
    if let Ok(mut lines) = seen.lock() {
        lines.push(first.to_owned());
    }
    stream.write_all(match first.starts_with("CONNECT") {
        true => b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        false => b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nproxied",
    })
}
