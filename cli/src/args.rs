//! The command line: commands, their arguments and options.

mod entities;

use std::ffi::OsString;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use wf_engine::{AllowedHost, Proxy};

pub use self::entities::{EntitiesArgs, EntitiesCommand, MigrateArgs, StoreAt};
use crate::limits::LimitArgs;

/// Checks, builds and runs workflows.
#[derive(Debug, Parser)]
#[command(name = "wf", version, arg_required_else_help = true)]
#[command(after_help = "Exit status: 0 good, 1 the program has errors, 2 wrong usage, \
    3 the run failed.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the command line. Wrong usage and `--help` end the process here.
    pub fn read() -> Self {
        let words: Vec<OsString> = std::env::args_os().skip(1).collect();
        plain(&words).map_or_else(Self::parse, |command| Self { command })
    }
}

/// What is run by the thousand, `wf run FILE` and `wf check FILE...`, without any option: describing all
/// commands and options to clap costs as much as checking some ten lines.
fn plain(words: &[OsString]) -> Option<Command> {
    let words: Vec<&str> = words.iter().map(|word| word.to_str()).collect::<Option<_>>()?;
    let (command, files) = words.split_first()?;
    if files.iter().any(|file| file.is_empty() || file.starts_with('-')) {
        return None;
    }
    let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
    match (*command, files.as_slice()) {
        ("run", [file]) => {
            let args = RunArgs { file: file.clone(), ..RunArgs::default() };
            Some(Command::Run(Box::new(args)))
        }
        ("check", [_, ..]) => Some(Command::Check(CheckArgs { files, ..CheckArgs::default() })),
        _ => None,
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check source files and tell all errors and warnings
    Check(CheckArgs),
    /// Format source files
    Fmt(FmtArgs),
    /// Compile a source file to a program file
    Build(BuildArgs),
    /// List the bytecode of a source file or of a program file
    Disasm(DisasmArgs),
    /// Run a workflow
    Run(Box<RunArgs>),
    /// Evaluate an expression, or read a path, against a snapshot of a store
    Eval(EvalArgs),
    /// Show what a store of entities holds, and bring it to a program
    Entities(EntitiesArgs),
    /// Show when a cron text fires
    Cron(CronArgs),
    /// Show the nodes and functions there are, with types and documentation
    Nodes(NodesArgs),
    /// Explain a diagnostic code, with a wrong and a right example
    Explain(ExplainArgs),
}

/// The form of diagnostics and results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    #[default]
    Human,
    /// One JSON object for programs
    Json,
    /// Diagnostics as SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// Diagnostics as annotations of GitHub Actions
    Github,
}

impl Format {
    /// Whether diagnostics are for a program, and so go to standard output.
    pub fn is_for_programs(self) -> bool {
        self != Format::Human
    }
}

/// `wf check FILE...`
#[derive(Debug, Default, Args)]
pub struct CheckArgs {
    /// The source files, each with the files that it uses
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,
    /// How diagnostics are written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Show what the entity store works out of each query, and what is left to the machine
    #[arg(long)]
    pub explain_queries: bool,
}

/// `wf fmt [FILE|FOLDER|-]...`
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Source files, folders with all source files in them, or - for standard input, which goes to
    /// standard output
    #[arg(value_name = "FILE|FOLDER|-", default_value = ".")]
    pub files: Vec<String>,
    /// Write nothing: list the files that are not formatted and show how they would change
    #[arg(long)]
    pub check: bool,
    /// How diagnostics are written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `wf build FILE -o OUT.wfc`
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The source file
    #[arg(value_name = "FILE")]
    pub file: String,
    /// Where the bytecode is written
    #[arg(short, long, value_name = "OUT.wfc")]
    pub output: PathBuf,
    /// How diagnostics are written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `wf disasm FILE`
#[derive(Debug, Args)]
pub struct DisasmArgs {
    /// A source file, or a built program (.wfc)
    #[arg(value_name = "FILE")]
    pub file: String,
}

/// `wf run FILE|OUT.wfc`
#[derive(Debug, Default, Args)]
#[command(after_help = "A limit of the whole run ends it and is never caught; waiting for a node \
    counts as time only.")]
pub struct RunArgs {
    /// A source file, or a built program (.wfc)
    #[arg(value_name = "FILE")]
    pub file: String,
    /// The workflow to run, where the program has several
    #[arg(long, value_name = "NAME")]
    pub workflow: Option<String>,
    /// The trigger that fires, where the workflow has several
    #[arg(long, value_name = "NAME")]
    pub on: Option<String>,
    /// The trigger's data as JSON: a file, or - for standard input
    #[arg(long, value_name = "FILE|-")]
    pub trigger: Option<Input>,
    /// An argument of the workflow's function trigger; may be given several times, and wins over
    /// what the trigger's data says
    #[arg(long = "arg", value_name = "NAME=VALUE")]
    pub arguments: Vec<Assignment>,
    /// The values of `config` as a JSON file
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where entities are kept: a file of SQLite, or a database of PostgreSQL; without it they are kept in
    /// memory and forgotten
    #[arg(long, value_name = "FILE|postgres://…")]
    pub entities: Option<StoreAt>,
    /// Entities to put into the database before the run, as a JSON file
    #[arg(long, value_name = "FILE.json")]
    pub load: Option<PathBuf>,
    /// Keep all HTTP answers in a file, or answer from such a file without a network
    #[arg(long, value_name = "record:FILE|replay:FILE")]
    pub http: Option<HttpTape>,
    /// Refuse HTTP to private, loopback and link-local addresses
    #[arg(long)]
    pub deny_private: bool,
    /// A host that HTTP may reach although its address is private; may be given several times
    #[arg(long, value_name = "HOST[:PORT]", requires = "deny_private")]
    pub allow_host: Vec<AllowedHost>,
    /// Send HTTP through a proxy; `env` takes those of the environment, which are not used else
    #[arg(long, value_name = "URL|env")]
    pub proxy: Option<Proxy>,
    /// A folder whose files the program may read; may be given several times
    #[arg(long, value_name = "DIR")]
    pub allow_read: Vec<PathBuf>,
    /// A folder whose files the program may write; may be given several times
    #[arg(long, value_name = "DIR")]
    pub allow_write: Vec<PathBuf>,
    /// A program that the program may run: a path, or a name in PATH; may be given several times
    #[arg(long, value_name = "PROGRAM")]
    pub allow_process: Vec<String>,
    /// The number of worker threads; without it, one for each processor
    #[arg(long, value_name = "N", conflicts_with = "serial")]
    pub workers: Option<NonZeroU16>,
    /// Run on one thread, in an order of parallel code drawn from this seed
    #[arg(long, value_name = "SEED")]
    pub serial: Option<u64>,
    /// Tell where the time went, by step and by line; with a file, also write a trace there, which
    /// Perfetto opens
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub profile: Option<Option<PathBuf>>,
    /// How the result and diagnostics are written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// What the run may use
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// `wf eval EXPRESSION`
#[derive(Debug, Args)]
#[command(
    after_help = "The snapshot is a JSON object with `trigger`, `steps`, `variables`, `loop`, \
    `run` and `config`, each of which may be left out, or what `wf run --format json` wrote. Its \
    types are those of the values that are there."
)]
pub struct EvalArgs {
    /// The expression, as it would stand in a workflow: `steps.q.output.items[0]?.name`
    #[arg(value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub expression: String,
    /// The snapshot as JSON: a file, or - for standard input
    #[arg(long, value_name = "STORE.json|-")]
    pub store: Option<Input>,
    /// The value of `trigger` as JSON: a file, or - for standard input
    #[arg(long, value_name = "FILE|-")]
    pub trigger: Option<Input>,
    /// How the value and diagnostics are written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `wf cron EXPRESSION`
#[derive(Debug, Args)]
pub struct CronArgs {
    /// The cron text: minute, hour, day of the month, month, day of the week
    #[arg(value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub expression: String,
    /// The time zone whose clock counts, as Europe/Berlin
    #[arg(long = "in", value_name = "ZONE", default_value = "UTC")]
    pub zone: String,
    /// The instant behind which it is looked for, as 2026-03-28T12:00:00Z; without it, now
    #[arg(long, value_name = "INSTANT")]
    pub from: Option<jiff::Timestamp>,
    /// How many times are shown
    #[arg(short = 'n', long, value_name = "N", default_value_t = 4)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub number: u16,
    /// How the times are written: for people on the zone's clock, or a JSON list of UTC instants
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// The form of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Text for people
    #[default]
    Human,
    /// A JSON list
    Json,
}

/// `wf nodes [NAME]`
#[derive(Debug, Args)]
pub struct NodesArgs {
    /// A node or function, or a group of nodes as `http`; without it, all of them
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// `wf explain [CODE]`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A code, as WF0301; without it, all codes with their titles
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Where data is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl FromStr for Input {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("a file name is missing".to_owned()),
            "-" => Ok(Input::Stdin),
            _ => Ok(Input::File(text.into())),
        }
    }
}

/// A name and its value, which is all behind the first `=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name.
    pub name: String,
    /// The value as it was written; may be empty.
    pub value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                Ok(Assignment { name: name.to_owned(), value: value.to_owned() })
            }
            _ => Err("write NAME=VALUE".to_owned()),
        }
    }
}

/// A file of HTTP answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpTape {
    /// Answers come from the network and are written to the file.
    Record(PathBuf),
    /// Answers come from the file, and the network is not used.
    Replay(PathBuf),
}

impl FromStr for HttpTape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("record", file)) if !file.is_empty() => Ok(HttpTape::Record(file.into())),
            Some(("replay", file)) if !file.is_empty() => Ok(HttpTape::Replay(file.into())),
            _ => Err("write record:FILE or replay:FILE".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    /// A program whose arguments are those of one command.
    #[derive(Debug, Parser)]
    struct One<T: Args> {
        #[command(flatten)]
        args: T,
    }

    fn parse<T: Args>(words: &[&str]) -> Result<T, ErrorKind> {
        let all = std::iter::once("wf").chain(words.iter().copied());
        One::<T>::try_parse_from(all).map(|one| one.args).map_err(|error| error.kind())
    }

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
        One::<CheckArgs>::command().debug_assert();
        One::<FmtArgs>::command().debug_assert();
        One::<BuildArgs>::command().debug_assert();
        One::<DisasmArgs>::command().debug_assert();
        One::<RunArgs>::command().debug_assert();
        One::<NodesArgs>::command().debug_assert();
    }

    #[test]
    fn a_plain_command_is_read_as_clap_does() {
        for words in [&["run", "a.wf"][..], &["check", "a.wf"], &["check", "a.wf", "b/c.wf"]] {
            let all = std::iter::once("wf").chain(words.iter().copied());
            let whole = Cli::try_parse_from(all).expect("it is right").command;
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            let plain = plain(&words).expect("it is plain");
            assert_eq!(format!("{plain:?}"), format!("{whole:?}"));
        }
        for words in [
            &[][..],
            &["run"],
            &["run", "a.wf", "b.wf"],
            &["run", "-"],
            &["run", "--help"],
            &["run", "a.wf", "--serial=1"],
            &["run", ""],
            &["check"],
            &["fmt", "a.wf"],
        ] {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert!(plain(&words).is_none(), "{words:?}");
        }
    }

    #[test]
    fn check_takes_several_files_and_a_format() {
        let args: CheckArgs = parse(&["a.wf", "b.wf", "--format", "json"]).unwrap();
        assert_eq!((args.files.len(), args.format), (2, Format::Json));
        assert_eq!(parse::<CheckArgs>(&["a.wf"]).unwrap().format, Format::Human);
        assert_eq!(parse::<CheckArgs>(&[]).unwrap_err(), ErrorKind::MissingRequiredArgument);
        let wrong = parse::<CheckArgs>(&["a.wf", "--format", "xml"]);
        assert_eq!(wrong.unwrap_err(), ErrorKind::InvalidValue);
    }

    #[test]
    fn fmt_takes_the_folder_it_is_in() {
        let args: FmtArgs = parse(&[]).unwrap();
        assert_eq!((args.files, args.check), (vec![".".to_owned()], false));
        let args: FmtArgs = parse(&["-", "a.wf", "--check"]).unwrap();
        assert_eq!((args.files.len(), args.check), (2, true));
    }

    #[test]
    fn build_wants_an_output() {
        let args: BuildArgs = parse(&["a.wf", "-o", "a.wfc", "--format", "sarif"]).unwrap();
        assert_eq!((args.file.as_str(), args.output), ("a.wf", PathBuf::from("a.wfc")));
        assert_eq!(args.format, Format::Sarif);
        assert_eq!(parse::<BuildArgs>(&["a.wf"]).unwrap_err(), ErrorKind::MissingRequiredArgument);
        assert_eq!(parse::<DisasmArgs>(&["a.wfc"]).unwrap().file, "a.wfc");
        assert_eq!(parse::<NodesArgs>(&[]).unwrap().name, None);
    }

    #[test]
    fn run_takes_everything() {
        let words = [
            "a.wf",
            "--workflow",
            "w",
            "--arg",
            "a=1=2",
            "--arg",
            "b=",
            "--config",
            "c.json",
            "--entities",
            "e.db",
            "--load",
            "l.json",
            "--http",
            "record:h.json",
            "--allow-read",
            "in",
            "--allow-read",
            "data",
            "--allow-write",
            "out",
            "--allow-process",
            "git",
            "--workers",
            "4",
        ];
        let args: RunArgs = parse(&words).unwrap();
        let pair = |name: &str, value: &str| Assignment { name: name.into(), value: value.into() };
        assert_eq!(args.arguments, [pair("a", "1=2"), pair("b", "")]);
        assert_eq!(args.http, Some(HttpTape::Record("h.json".into())));
        assert_eq!(args.allow_read, [PathBuf::from("in"), PathBuf::from("data")]);
        assert_eq!(args.allow_write, [PathBuf::from("out")]);
        assert_eq!(args.allow_process, ["git"]);
        assert_eq!(args.workers.map(NonZeroU16::get), Some(4));
        assert_eq!((args.trigger, args.serial), (None, None));

        let args: RunArgs = parse(&["a.wfc", "--trigger", "-", "--serial", "7"]).unwrap();
        assert_eq!((args.trigger, args.serial), (Some(Input::Stdin), Some(7)));
        let words = ["a.wfc", "--trigger", "t.json", "--arg", "a=1"];
        let args: RunArgs = parse(&words).unwrap();
        assert_eq!(args.trigger, Some(Input::File("t.json".into())));
        assert_eq!(args.arguments, [pair("a", "1")]);
    }

    #[test]
    fn run_takes_what_http_may_reach() {
        let words = ["a.wf", "--deny-private", "--allow-host", "127.0.0.1:80", "--allow-host", "b"];
        let args: RunArgs = parse(&words).unwrap();
        assert_eq!((args.deny_private, args.allow_host.len(), args.proxy), (true, 2, None));
        let args: RunArgs = parse(&["a.wf", "--proxy", "env"]).unwrap();
        assert_eq!(args.proxy, Some(Proxy::Environment));
        let alone = parse::<RunArgs>(&["a.wf", "--allow-host", "b"]).unwrap_err();
        assert_eq!(alone, ErrorKind::MissingRequiredArgument);
        for words in [["--proxy", "socks5://b"], ["--allow-host", "http://b"]] {
            let wrong = parse::<RunArgs>(&["a.wf", "--deny-private", words[0], words[1]]);
            assert_eq!(wrong.unwrap_err(), ErrorKind::ValueValidation);
        }
    }

    #[test]
    fn run_refuses_what_makes_no_sense() {
        let kind = |words: &[&str]| parse::<RunArgs>(words).unwrap_err();
        let both = kind(&["a.wf", "--workers", "2", "--serial", "1"]);
        assert_eq!(both, ErrorKind::ArgumentConflict);
        for words in [
            ["--workers", "0"],
            ["--arg", "a"],
            ["--arg", "=1"],
            ["--http", "h.json"],
            ["--http", "replay:"],
            ["--trigger", ""],
        ] {
            assert_eq!(kind(&["a.wf", words[0], words[1]]), ErrorKind::ValueValidation);
        }
    }
}
