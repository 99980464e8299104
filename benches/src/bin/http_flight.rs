//! Thousands of HTTP calls in flight: a workflow on two workers beside the same calls by `reqwest`
//! on `tokio`, against a server in a process of its own that answers each after 200 ms.
//!
//! Before that, what a call in flight holds in memory: all calls wait at once, in a process of their
//! own each for wf and for `reqwest`, and the difference is what wf adds to what the client needs.
//!
//! `cargo run --release -p wf-benches --bin http_flight [-- CALLS [IN_FLIGHT [ROUNDS]]]`

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use wf_benches::cpu::ProcessTimer;
use wf_benches::memory::{peak, resident};
use wf_engine::{Engine, MemoryFiles, Program, RunOptions};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// How long the server takes for an answer.
const TAKES: Duration = Duration::from_millis(200);
/// What it answers.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 21\r\n\r\n{\"ok\":true,\"count\":1}";
/// How long it takes where all calls are to wait at once.
const TAKES_ALL: Duration = Duration::from_secs(3);
/// The first argument of the process that is the server; the second is how many milliseconds it takes.
const SERVER: &str = "--server";
/// The first argument of a process that only holds calls.
const HOLD: &str = "--hold";
/// What a call in flight may hold besides what the client needs, in bytes.
const MUST_HOLD: i64 = 2_560;

const PROGRAM: &str = r#"
workflow flight {
  trigger function(url: string, calls: int, inFlight: int)
  variables { total: int = 0 }
  for i in 0..trigger.arguments.calls as each parallel trigger.arguments.inFlight {
    step get = http.get<{ ok: bool, count: int }> { url: trigger.arguments.url }
    variables.total += steps.get.output.body.count
  }
  return variables.total
}
"#;

fn main() -> Result<(), Error> {
    raise_limit();
    let mut args = std::env::args().skip(1);
    let first = args.next();
    if first.as_deref() == Some(SERVER) {
        let millis = args.next().ok_or("how long?")?.parse()?;
        return runtime(1)?.block_on(serve(Duration::from_millis(millis)));
    }
    if first.as_deref() == Some(HOLD) {
        let (who, url) = (args.next().ok_or("who?")?, args.next().ok_or("which URL?")?);
        return hold(&who, &url, args.next().ok_or("how many?")?.parse()?);
    }
    let number = |text: Option<String>, default: usize| text.map_or(Ok(default), |t| t.parse());
    let calls = number(first, 10_000)?;
    let in_flight = number(args.next(), 2_000)?;
    let rounds = number(args.next(), 3)?;
    let mut out = std::io::stdout().lock();
    held(&mut out, in_flight)?;
    let server = Server::start(TAKES)?;
    let flight = Flight::new(&server.url)?;
    // The first call of a process chooses the provider of cryptography, which `reqwest` needs.
    flight.run(1, 1)?;
    let bare = Bare::new(&server.url)?;
    writeln!(out, "{calls} calls of {TAKES:?}, {in_flight} in flight, two workers")?;
    writeln!(out, "| round | reqwest, s | its CPU, s | wf, s | its CPU, s | wf / reqwest |")?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for round in 0..=rounds {
        let (bare, bare_cpu) = timed(|| bare.run(calls, in_flight))?;
        let (wf, wf_cpu) = timed(|| flight.run(calls, in_flight))?;
        // The first round opens the connections.
        if round > 0 {
            let ratio = wf.as_secs_f64() / bare.as_secs_f64();
            let seconds = [bare, bare_cpu, wf, wf_cpu].map(|time| time.as_secs_f64());
            let [bare, bare_cpu, wf, wf_cpu] = seconds;
            writeln!(
                out,
                "| {round} | {bare:.2} | {bare_cpu:.2} | {wf:.2} | {wf_cpu:.2} | {ratio:.2} |"
            )?;
        }
    }
    Ok(())
}

/// The wall time and the CPU time of this process.
fn timed(work: impl FnOnce() -> Result<(), Error>) -> Result<(Duration, Duration), Error> {
    let (wall, cpu) = (Instant::now(), ProcessTimer::start());
    work()?;
    Ok((wall.elapsed(), cpu.elapsed()))
}

/// What a call in flight holds, by `reqwest` alone and in a workflow.
fn held(out: &mut impl Write, in_flight: usize) -> Result<(), Error> {
    let server = Server::start(TAKES_ALL)?;
    let of = |who: &str| {
        let output = Command::new(std::env::current_exe()?)
            .args([HOLD, who, &server.url, &in_flight.to_string()])
            .stderr(Stdio::inherit())
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        text.trim().parse::<i64>().map_err(|_| Error::from(format!("{who} holds {text:?}")))
    };
    let (bare, wf) = (of("reqwest")?, of("wf")?);
    let more = wf - bare;
    let met = if more < MUST_HOLD { "must" } else { "no" };
    writeln!(out, "| {in_flight} calls in flight | reqwest | wf | wf - reqwest | must | met |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | --- |")?;
    writeln!(out, "| bytes held by each | {bare} | {wf} | {more} | < {MUST_HOLD} | {met} |\n")?;
    Ok(())
}

/// Prints how many bytes each of so many calls holds that are in flight at once.
fn hold(who: &str, url: &str, calls: usize) -> Result<(), Error> {
    let flight = Flight::new(url)?;
    // The first call of a process chooses the provider of cryptography, which `reqwest` needs.
    flight.run(1, 1)?;
    let bare = Bare::new(url)?;
    let run = |calls: usize| match who {
        "wf" => flight.run(calls, calls),
        _ => bare.run(calls, calls),
    };
    // Threads and runtimes are there from now on.
    run(1)?;
    let before = resident().ok_or("the system does not tell what is held")?;
    run(calls)?;
    let after = peak().ok_or("the system does not tell what was held")?;
    writeln!(std::io::stdout(), "{}", after.saturating_sub(before) / calls.max(1) as u64)?;
    Ok(())
}

/// Thousands of connections need as many files.
fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it is not allowed, connecting fails and says so.
    let _ = setrlimit(Resource::Nofile, limit);
}

fn runtime(workers: usize) -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build()
}

/// The process of the server, which ends with this one.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(takes: Duration) -> Result<Self, Error> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([SERVER, &takes.as_millis().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("the server has no output")?;
        BufReader::new(out).read_line(&mut line)?;
        Ok(Self { child, url: format!("http://{}/", line.trim()) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn serve(takes: Duration) -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", listener.local_addr()?)?;
    out.flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(answer(stream, takes));
    }
}

/// Answers the requests of a connection, which have no bodies, one after another.
async fn answer(mut stream: TcpStream, takes: Duration) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let (mut buffer, mut filled) = (vec![0; 8_192], 0);
    loop {
        let rest = buffer.get_mut(filled..).ok_or("a request is too long")?;
        let read = stream.read(rest).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let request = buffer.get(..filled).unwrap_or_default();
        if request.ends_with(b"\r\n\r\n") {
            filled = 0;
            tokio::time::sleep(takes).await;
            stream.write_all(ANSWER).await?;
        }
    }
}

/// The calls as a Rust program makes them.
struct Bare {
    runtime: Runtime,
    client: reqwest::Client,
    url: String,
}

impl Bare {
    fn new(url: &str) -> Result<Self, Error> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { runtime: runtime(2)?, client, url: url.to_owned() })
    }

    fn run(&self, calls: usize, in_flight: usize) -> Result<(), Error> {
        let free = Arc::new(Semaphore::new(in_flight));
        self.runtime.block_on(async {
            let mut tasks = Vec::with_capacity(calls);
            for _ in 0..calls {
                let permit = Arc::clone(&free).acquire_owned().await?;
                let request = self.client.get(&self.url).send();
                tasks.push(tokio::spawn(async move {
                    let body = request.await?.error_for_status()?.bytes().await?;
                    drop(permit);
                    let body: serde_json::Value = serde_json::from_slice(&body)?;
                    Ok::<i64, Error>(body["count"].as_i64().unwrap_or(0))
                }));
            }
            let mut total = 0;
            for task in tasks {
                total += task.await??;
            }
            if total == calls as i64 { Ok(()) } else { Err(format!("{total} answers").into()) }
        })
    }
}

/// The calls as a workflow makes them.
struct Flight {
    engine: Engine,
    program: Arc<Program>,
    url: String,
}

impl Flight {
    fn new(url: &str) -> Result<Self, Error> {
        let engine = Engine::builder().workers(2).build()?;
        let compiled = engine.compile(&["flight.wf"], &MemoryFiles::from([("flight.wf", PROGRAM)]));
        let told: Vec<&str> = compiled.diagnostics.iter().map(|d| d.message.as_str()).collect();
        let program = compiled.program.ok_or_else(|| told.join("\n"))?;
        Ok(Self { engine, program, url: url.to_owned() })
    }

    fn run(&self, calls: usize, in_flight: usize) -> Result<(), Error> {
        let arguments =
            serde_json::json!({ "url": self.url, "calls": calls, "inFlight": in_flight });
        let trigger = Some(serde_json::json!({ "arguments": arguments }).to_string());
        let report =
            self.engine.run(&self.program, RunOptions { trigger, ..RunOptions::default() })?;
        match report.diagnostic() {
            Some(problem) => Err(problem.message.clone().into()),
            None if report.result == calls => Ok(()),
            None => Err(format!("{} answers", report.result).into()),
        }
    }
}
