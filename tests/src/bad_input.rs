//! Gives the command line what nobody should: each must be a clear error, never a panic.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::binary::{self, Done};
use crate::harness::{Outcome, Test};
use crate::run::Folder;

/// The program has errors.
const ERRORS: i32 = 1;
/// Wrong usage: the command line, or a file that it names and that can't be read.
const USAGE: i32 = 2;
/// The run failed or could not start.
const FAILED: i32 = 3;

/// How long any of these may take, in a build without optimisation.
const LONGEST: Duration = Duration::from_secs(60);

const HELLO: &str = "workflow hello {\n  trigger function(name: string)\n  \
    return \"Hello, {{ trigger.arguments.name }}!\"\n}\n";

const FETCH: &str = "type Person = { name: string, score: int }\n\nworkflow fetch {\n  \
    trigger function(url: string)\n  step get = http.get<Person> { url: trigger.arguments.url }\n  \
    return steps.get.output.body.score\n}\n";

const STORE: &str = "entity Lead {\n  name: string\n}\n\nworkflow store {\n  trigger function()\n  \
    step made = entity.create<Lead> { payload: { name: \"Ada\" } }\n  \
    return steps.made.output.payload.name\n}\n";

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    let mut add = |name: &str, test: fn(&Folder) -> Outcome| {
        let title = format!("cli {name}");
        tests.push(Test::new(title.clone(), move |_| {
            // Built first: what follows is timed.
            binary::binaries()?;
            test(&Folder::new(&title)?)
        }));
    };
    add("bad-source", bad_sources);
    add("huge-source", huge_sources);
    add("bad-trigger", bad_triggers);
    add("bad-config", bad_configs);
    add("bad-bytecode", bad_bytecode);
    add("bad-database", bad_databases);
    add("bad-server", bad_servers);
    add("bad-usage", bad_usage);
    add("json-check", json_of_check);
    add("json-run", json_of_run);
}

/// Runs `wf` and asserts its status and that each of `says` is in what it tells.
fn expect(folder: &Folder, args: &[&str], status: i32, says: &[&str]) -> Result<Done, String> {
    let started = Instant::now();
    let done = binary::wf(folder.path(), args)?;
    let told = format!("{}{}", done.stdout, done.stderr);
    let shown: String = told.chars().take(3000).collect();
    if done.status != Some(status) {
        return Err(format!("{args:?} ended with {:?}, not {status}:\n{shown}", done.status));
    }
    let told = told.to_lowercase();
    if let Some(missing) = says.iter().find(|text| !told.contains(&text.to_lowercase())) {
        return Err(format!("{args:?} does not say `{missing}`:\n{shown}"));
    }
    if started.elapsed() > LONGEST {
        return Err(format!("{args:?} took {:?}", started.elapsed()));
    }
    if told.len() > 100_000 {
        return Err(format!("{args:?} prints {} bytes", told.len()));
    }
    Ok(done)
}

fn bad_sources(folder: &Folder) -> Outcome {
    folder.write("latin1.wf", b"// caf\xe9\nworkflow w { trigger function() }\n")?;
    expect(folder, &["check", "latin1.wf"], ERRORS, &["latin1.wf", "utf-8"])?;
    folder.write("empty.wf", "")?;
    expect(folder, &["run", "empty.wf"], USAGE, &["empty.wf", "workflow"])?;
    folder.write("nul.wf", "workflow w {\n  trigger function()\n  \0\n}\n")?;
    expect(folder, &["check", "nul.wf"], ERRORS, &["nul.wf:3"])?;
    folder.write("bom.wf", format!("\u{feff}{HELLO}"))?;
    expect(folder, &["run", "bom.wf", "--arg", "name=Ada"], 0, &["Hello, Ada!"])?;
    folder.write("crlf.wf", HELLO.replace('\n', "\r\n"))?;
    expect(folder, &["run", "crlf.wf", "--arg", "name=Ada"], 0, &["Hello, Ada!"])?;
    expect(folder, &["check", "missing.wf"], USAGE, &["missing.wf"])?;
    std::fs::create_dir(folder.path().join("folder.wf")).map_err(|e| e.to_string())?;
    expect(folder, &["check", "folder.wf"], USAGE, &["folder.wf"])?;
    Ok(())
}

fn huge_sources(folder: &Folder) -> Outcome {
    const BYTES: usize = 10 * 1024 * 1024;
    const MANY: usize = 100_000;
    let body = |text: &str| format!("workflow w {{ trigger function() {text} }}");
    let value = |text: &str| body(&format!("let x = {text}"));
    let mut problems = Vec::new();
    for (name, text) in [
        ("words", "x ".repeat(BYTES / 2)),
        ("sum", body(&format!("return 1{}", " + 1".repeat(BYTES / 4)))),
        ("bare", "(".repeat(MANY)),
        ("round", value(&"(".repeat(MANY))),
        ("square", value(&"[".repeat(MANY))),
        ("curly", value(&"{".repeat(MANY))),
        ("angle", value(&"list<".repeat(MANY))),
        ("not", value(&format!("{} true", "not ".repeat(MANY)))),
        ("minus", value(&format!("{}1", "- ".repeat(MANY)))),
        ("template", value(&"\"{{ ".repeat(MANY))),
        ("else", body(&format!("if true {{ }} {}", "else if true { } ".repeat(MANY)))),
        ("optional", body(&format!("let x: int{} = 1", "?".repeat(MANY)))),
        ("unions", body(&format!("let x: int{} = 1", " | int".repeat(MANY)))),
        ("comment", "/*".repeat(MANY)),
        ("arrows", value(&format!("{} 1", "x => ".repeat(MANY)))),
        ("pipes", value(&format!("1 {}", "| abs ".repeat(MANY)))),
        ("blocks", body(&"if true { ".repeat(MANY))),
        ("fields", value(&format!("trigger{}", ".a".repeat(MANY)))),
        ("casts", value(&format!("1{}", " as int?".repeat(MANY)))),
        ("fallbacks", value(&format!("1{}", " ?? 1".repeat(MANY)))),
    ] {
        let file = format!("{name}.wf");
        folder.write(&file, text)?;
        problems.extend(expect(folder, &["check", &file], ERRORS, &["WF", &file]).err());
    }
    let string = format!("let x = \"{}\" return x", "a".repeat(BYTES));
    for (name, text) in
        [("string", body(&string)), ("list", body(&format!("return [{}]", "1, ".repeat(MANY))))]
    {
        let file = format!("{name}.wf");
        folder.write(&file, text)?;
        problems.extend(ends(folder, &["check", &file]).err());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Runs `wf` and asserts only that it ends in time without a panic and does not print without end.
fn ends(folder: &Folder, args: &[&str]) -> Outcome {
    let started = Instant::now();
    let done = binary::wf(folder.path(), args)?;
    let printed = done.stdout.len() + done.stderr.len();
    if started.elapsed() > LONGEST || printed > 100_000 {
        return Err(format!("{args:?}: {:?}, {printed} bytes", started.elapsed()));
    }
    Ok(())
}

fn bad_triggers(folder: &Folder) -> Outcome {
    folder.write("hello.wf", HELLO)?;
    let run = ["run", "hello.wf", "--trigger", "trigger.json"];
    for (text, says) in [
        ("not json", "trigger"),
        ("", "trigger"),
        ("{\"arguments\": {\"name\": \"Ada\"}", "trigger"),
        ("[1, 2]", "object"),
        ("{\"arguments\": {}}", "name"),
        ("{\"arguments\": {\"name\": 7}}", "arguments.name"),
        ("{\"arguments\": {\"name\": null}}", "arguments.name"),
        ("{\"arguments\": {\"name\": \"a\", \"name\": \"b\"}}", "name"),
    ] {
        folder.write("trigger.json", text)?;
        expect(folder, &run, FAILED, &[says])?;
    }
    folder.write("trigger.json", b"{\"arguments\": {\"name\": \"\xff\"}}")?;
    expect(folder, &run, FAILED, &["trigger.json", "UTF-8"])?;
    folder.write("trigger.json", "[".repeat(100_000))?;
    expect(folder, &run, FAILED, &["trigger"])?;
    expect(folder, &["run", "hello.wf", "--trigger", "missing.json"], USAGE, &["missing.json"])?;
    expect(folder, &["run", "hello.wf"], FAILED, &["name"])?;
    expect(folder, &["run", "hello.wf", "--arg", "nmae=Ada"], FAILED, &["nmae"])?;
    folder.write(
        "count.wf",
        "workflow count {\n  trigger function(n: int)\n  return trigger.arguments.n + 1\n}\n",
    )?;
    expect(folder, &["run", "count.wf", "--arg", "n=41"], 0, &["42"])?;
    expect(folder, &["run", "count.wf", "--arg", "n=many"], FAILED, &["n", "int"])?;
    expect(folder, &["run", "count.wf", "--arg", "n=9223372036854775808"], FAILED, &["int"])?;
    expect(
        folder,
        &["run", "count.wf", "--arg", "n=9223372036854775807"],
        FAILED,
        &["overflow", "count.wf:3"],
    )?;
    Ok(())
}

fn bad_configs(folder: &Folder) -> Outcome {
    folder.write("c.wf", "config {\n  limit: int\n  name: string = \"x\"\n}\nworkflow c {\n  trigger function()\n  return config.limit\n}\n")?;
    let run = ["run", "c.wf", "--config", "config.json"];
    for (text, says) in [
        ("{\"limit\": \"many\"}", "limit"),
        ("{}", "limit"),
        ("{\"limit\": 1, \"other\": 2}", "other"),
        ("[]", "object"),
        ("{", "config"),
    ] {
        folder.write("config.json", text)?;
        expect(folder, &run, FAILED, &[says])?;
    }
    folder.write("config.json", "{\"limit\": 5}")?;
    expect(folder, &run, 0, &["5"])?;
    expect(folder, &["run", "c.wf"], FAILED, &["limit"])?;
    Ok(())
}

fn bad_bytecode(folder: &Folder) -> Outcome {
    folder.write("hello.wf", HELLO)?;
    let replay = ["run", "hello.wf", "--arg", "name=Ada", "--http", "replay:missing.json"];
    expect(folder, &replay, FAILED, &["missing.json"])?;
    expect(folder, &["build", "hello.wf", "-o", "hello.wfc"], 0, &[])?;
    expect(folder, &["run", "hello.wfc", "--arg", "name=Ada"], 0, &["Hello, Ada!"])?;
    let path = folder.path().join("hello.wfc");
    let good = std::fs::read(&path).map_err(|e| e.to_string())?;
    let step = (good.len() / 40).max(1);
    for length in (0..good.len()).step_by(step) {
        let part = good.get(..length).unwrap_or_default();
        refused(folder, part, &format!("cut to {length} bytes"))?;
    }
    for at in (0..good.len()).step_by(step) {
        let mut bad = good.clone();
        if let Some(byte) = bad.get_mut(at) {
            *byte ^= 0x10;
        }
        refused(folder, &bad, &format!("byte {at} altered"))?;
    }
    let mut longer = good.clone();
    longer.extend_from_slice(b"more");
    refused(folder, &longer, "made longer")?;
    refused(folder, HELLO.as_bytes(), "a source file")?;
    Ok(())
}

fn refused(folder: &Folder, bytes: &[u8], what: &str) -> Outcome {
    folder.write("bad.wfc", bytes)?;
    expect(folder, &["run", "bad.wfc", "--arg", "name=Ada"], ERRORS, &["bad.wfc"])
        .map(|_| ())
        .map_err(|e| format!("{what}: {e}"))
}

fn bad_databases(folder: &Folder) -> Outcome {
    folder.write("store.wf", STORE)?;
    let run = |database: &str, status, says: &[&str]| {
        expect(folder, &["run", "store.wf", "--entities", database], status, says).map(|_| ())
    };
    run("good.db", 0, &["Ada"])?;
    run("missing/folder/x.db", FAILED, &["missing/folder/x.db"])?;
    std::fs::create_dir(folder.path().join("folder.db")).map_err(|e| e.to_string())?;
    run("folder.db", FAILED, &["folder.db"])?;
    folder.write(
        "text.db",
        "this is no database, and it is long enough to be read as one\n".repeat(100),
    )?;
    run("text.db", FAILED, &["text.db"])?;
    if Path::new("/dev/full").exists() {
        run("/dev/full", FAILED, &["/dev/full"])?;
    }
    let load = ["run", "store.wf", "--load", "load.json"];
    for (text, says) in [
        ("{\"Lead\": [{\"name\": 7}]}", "name"),
        ("{\"Lead\": [{}]}", "name"),
        ("{\"Load\": []}", "Load"),
        ("[]", "object"),
        ("{", "entities"),
    ] {
        folder.write("load.json", text)?;
        expect(folder, &load, FAILED, &[says])?;
    }
    Ok(())
}

/// A server that treats each connection in the same way, as long as the test runs.
fn server(answer: impl Fn(&mut std::net::TcpStream) + Send + 'static) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            answer(&mut stream);
        }
    });
    Ok(format!("url=http://{address}/person"))
}

fn answers(text: &str) -> Result<String, String> {
    let text = text.to_owned();
    server(move |stream| {
        let _ = stream.write_all(text.as_bytes());
    })
}

fn body(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

fn bad_servers(folder: &Folder) -> Outcome {
    folder.write("fetch.wf", FETCH)?;
    let mut problems = Vec::new();
    let mut fetch = |url: &str, status, says: &[&str]| {
        let run = ["run", "fetch.wf", "--arg", url];
        problems.extend(expect(folder, &run, status, says).err());
    };
    fetch(&answers(&body("200 OK", "{\"name\": \"Ada\", \"score\": 7}"))?, 0, &["7"]);
    let place = "fetch.wf:5";
    fetch(&answers(&body("200 OK", "{\"name\": 1, \"score\": 7}"))?, 0, &["7"]);
    fetch(
        &answers(&body("200 OK", "{\"name\": \"Ada\", \"score\": \"7\"}"))?,
        FAILED,
        &[place, "score", "int"],
    );
    fetch(&answers(&body("200 OK", "{\"name\": \"Ada\"}"))?, FAILED, &[place, "score"]);
    fetch(&answers(&body("200 OK", "[]"))?, FAILED, &[place]);
    fetch(&answers(&body("200 OK", ""))?, FAILED, &[place]);
    fetch(&answers(&body("200 OK", "{\"score\": 1"))?, FAILED, &[place]);
    fetch(&answers(&body("200 OK", "{\"score\": 1, \"score\": 2}"))?, FAILED, &[place, "score"]);
    fetch(
        &answers(&body("200 OK", "{\"score\": 9223372036854775808}"))?,
        FAILED,
        &[place, "score"],
    );
    fetch(&answers(&body("200 OK", &"[".repeat(100_000)))?, FAILED, &[place]);
    fetch(&answers(&body("404 Not Found", "{\"message\": \"no\"}"))?, FAILED, &[place, "404"]);
    fetch(&answers("")?, FAILED, &[place, "get"]);
    fetch(&answers("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"sc")?, FAILED, &[place]);
    fetch(&answers("this is no HTTP\r\n\r\n")?, FAILED, &[place]);
    fetch("url=http://127.0.0.1:1/", FAILED, &[place]);
    fetch("url=no url", FAILED, &[place]);
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn bad_usage(folder: &Folder) -> Outcome {
    folder.write("hello.wf", HELLO)?;
    for args in [
        &["chekc", "hello.wf"] as &[&str],
        &["check"],
        &["run", "hello.wf", "--workers", "none", "--arg", "name=Ada"],
        &["run", "hello.wf", "--serial", "-1", "--arg", "name=Ada"],
        &["run", "hello.wf", "--workers", "1", "--serial", "1", "--arg", "name=Ada"],
        &["run", "hello.wf", "--arg", "name"],
        &["run", "hello.wf", "--arg", "name=Ada", "--format", "xml"],
        &["run", "hello.wf", "--arg", "name=Ada", "--http", "elsewhere:file"],
        &["run", "hello.wf", "--arg", "name=Ada", "--workflow", "other"],
        &["build", "hello.wf"],
        &["explain", "WF9999"],
        &["nodes", "http.gte"],
    ] {
        expect(folder, args, USAGE, &[])?;
    }
    let replay = ["run", "hello.wf", "--arg", "name=Ada", "--http", "replay:missing.json"];
    expect(folder, &replay, FAILED, &["missing.json"])?;
    expect(folder, &["build", "hello.wf", "-o", "missing/folder/x.wfc"], USAGE, &["x.wfc"])?;
    Ok(())
}

fn json_of_check(folder: &Folder) -> Outcome {
    folder.write("typo.wf", "workflow w {\n  trigger function()\n  variables { totalCount: int = 0 }\n  let text = \"é {{ variables.totlCount }}\"\n  return text\n}\n")?;
    let done = expect(folder, &["check", "typo.wf", "--format", "json"], ERRORS, &[])?;
    let told: Value =
        serde_json::from_str(&done.stdout).map_err(|e| format!("{e}: {}", done.stdout))?;
    let keys = |value: &Value| -> Vec<String> {
        value.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default()
    };
    let all = |found: &Value, wanted: &[&str]| -> Outcome {
        let have = keys(found);
        match wanted.iter().find(|key| !have.iter().any(|k| k == *key)) {
            Some(missing) => Err(format!("`{missing}` is missing in {found}")),
            None => Ok(()),
        }
    };
    all(&told, &["diagnostics", "errors", "warnings"])?;
    let diagnostics =
        told.get("diagnostics").and_then(Value::as_array).cloned().unwrap_or_default();
    let unknown =
        diagnostics.iter().find(|d| d["severity"] == "error").cloned().unwrap_or_default();
    all(&unknown, &["code", "severity", "message", "help", "file", "span", "labels"])?;
    let text = std::fs::read_to_string(folder.path().join("typo.wf")).unwrap_or_default();
    let offset = text.find("totlCount").unwrap_or_default();
    let wanted = serde_json::json!({
        "start": { "line": 4, "column": 30, "offset": offset },
        "end": { "line": 4, "column": 39, "offset": offset + 9 },
    });
    if unknown["span"] != wanted {
        return Err(format!("the span is {}, not {wanted}", unknown["span"]));
    }
    let help = unknown["help"].as_str().unwrap_or_default();
    if !help.contains("totalCount") || unknown["file"] != "typo.wf" || told["errors"] != 1 {
        return Err(format!("help, file or number: {told}"));
    }
    folder.write("hello.wf", HELLO)?;
    let done = expect(folder, &["check", "hello.wf", "--format", "json"], 0, &[])?;
    let told: Value = serde_json::from_str(&done.stdout).map_err(|e| e.to_string())?;
    let clean = serde_json::json!({ "diagnostics": [], "errors": 0, "warnings": 0 });
    if told == clean { Ok(()) } else { Err(format!("{told}")) }
}

fn json_of_run(folder: &Folder) -> Outcome {
    folder.write("hello.wf", HELLO)?;
    let args = ["run", "hello.wf", "--format", "json", "--arg", "name=Ada"];
    let done = expect(folder, &args, 0, &[])?;
    let keys = |text: &str| -> Result<Value, String> {
        let told: Value = serde_json::from_str(text).map_err(|e| format!("{e}: {text}"))?;
        for (part, wanted) in [
            ("", &["error", "result", "run", "status", "store"] as &[&str]),
            ("/run", &["finishedAt", "id", "startedAt", "trigger", "workflow"]),
            ("/store", &["steps", "trigger", "variables"]),
        ] {
            let object = told.pointer(part).and_then(Value::as_object);
            let mut have: Vec<&str> =
                object.into_iter().flatten().map(|(k, _)| k.as_str()).collect();
            have.sort_unstable();
            if have != wanted {
                return Err(format!("`{part}` has {have:?}, not {wanted:?}"));
            }
        }
        Ok(told)
    };
    let told = keys(&done.stdout)?;
    if told["result"] != "Hello, Ada!" || told["status"] != "Complete" || !told["error"].is_null() {
        return Err(format!("{told}"));
    }
    folder.write("fails.wf", "workflow fails {\n  trigger function()\n  for n in [1, 2] as each {\n    step s = random.uuid { }\n    if n == 2 { fail \"two\" }\n    yield steps.s.status\n  }\n}\n")?;
    let done = expect(folder, &["run", "fails.wf", "--format", "json"], FAILED, &[])?;
    let told = keys(&done.stdout)?;
    if told["status"] != "Failed" || !told["result"].is_null() || told["error"].is_null() {
        return Err(format!("{told}"));
    }
    let error = told["error"].to_string();
    if error.contains("two") && error.contains("each") { Ok(()) } else { Err(error) }
}
