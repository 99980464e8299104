//! What other languages and tools call things, and what is written here instead.

/// The roots and values of other tools: what is written instead of the name.
const NAMES: &[(&[&str], &str)] = &[
    (
        &["needs", "step", "nodes", "tasks", "jobs", "outputs", "previous", "prev", "parent"],
        "what a step gave is `steps.NAME.output`",
    ),
    (
        &["secrets", "secret", "credentials"],
        "declare `config { NAME: secret }`, and read `config.NAME`",
    ),
    (
        &[
            "env",
            "vars",
            "var",
            "process",
            "os",
            "settings",
            "local",
            "locals",
            "globals",
            "parameters",
        ],
        "values from outside are declared in `config { NAME: string }` and read as `config.NAME`",
    ),
    (
        &[
            "inputs",
            "input",
            "params",
            "args",
            "arguments",
            "event",
            "payload",
            "body",
            "request",
            "req",
            "context",
            "ctx",
            "github",
            "data",
            "query",
            "headers",
            "message",
            "record",
            "self",
            "this",
        ],
        "what the run was started with is `trigger`",
    ),
    (
        &[
            "item",
            "each",
            "it",
            "value",
            "key",
            "index",
            "element",
            "current",
            "loop_index",
            "forloop",
        ],
        "the item of a loop is the name behind its `for`, or `loop.NAME.item`; its index is `loop.NAME.index`",
    ),
    (
        &["workflow", "execution", "job", "runner", "execution_id"],
        "it is in `run`: `run.id`, `run.workflow`, `run.startedAt`, `run.attempt`",
    ),
    (
        &["now", "today", "Date", "datetime", "time", "moment"],
        "the time is read by a step: `step t = time.now { }`, then `steps.t.output.now`",
    ),
    (
        &["Math", "JSON", "Object", "Array", "String", "Number", "console", "_", "lodash"],
        "functions are called by their names alone, as in `round(x)`",
    ),
    (
        &["state", "variable", "global"],
        "declare `variables { NAME: T = … }`, and read `variables.NAME`",
    ),
];

/// What is written instead of a name that another tool knows.
pub(crate) fn name(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(names, _)| names.contains(&name)).map(|(_, help)| *help)
}

/// What other languages call our functions.
const FUNCTIONS: &[(&str, &str)] = &[
    ("len", "length"),
    ("size", "length"),
    ("strlen", "length"),
    ("toUpperCase", "upper"),
    ("toUpper", "upper"),
    ("uppercase", "upper"),
    ("upcase", "upper"),
    ("toLowerCase", "lower"),
    ("toLower", "lower"),
    ("lowercase", "lower"),
    ("downcase", "lower"),
    ("strip", "trim"),
    ("substring", "slice"),
    ("substr", "slice"),
    ("includes", "contains"),
    ("forEach", "map"),
    ("fold", "reduce"),
    ("some", "any"),
    ("every", "all"),
    ("sorted", "sort"),
    ("order", "sort"),
    ("orderBy", "sortBy"),
    ("sort_by", "sortBy"),
    ("unique", "distinct"),
    ("uniq", "distinct"),
    ("removeDuplicates", "distinct"),
    ("uniqBy", "distinctBy"),
    ("uniqueBy", "distinctBy"),
    ("unique_by", "distinctBy"),
    ("max_by", "maxBy"),
    ("min_by", "minBy"),
    ("chunked", "chunk"),
    ("batched", "chunk"),
    ("enumerate", "indexed"),
    ("withIndex", "indexed"),
    ("indexBy", "keyBy"),
    ("associateBy", "keyBy"),
    ("INDEX", "keyBy"),
    ("map_values", "mapValues"),
    ("transformValues", "mapValues"),
    ("to_entries", "entries"),
    ("items", "entries"),
    ("ascii_downcase", "lower"),
    ("ascii_upcase", "upper"),
    ("test", "matches"),
    ("gsub", "replaceAll"),
    ("power", "pow"),
    ("htmlEscape", "escapeHtml"),
    ("escape_html", "escapeHtml"),
    ("parse_qs", "parseQuery"),
    ("parse_qsl", "parseQuery"),
    ("parseQueryString", "parseQuery"),
    ("querystring", "parseQuery"),
    ("group", "groupBy"),
    ("group_by", "groupBy"),
    ("startswith", "startsWith"),
    ("endswith", "endsWith"),
    ("starts_with", "startsWith"),
    ("ends_with", "endsWith"),
    ("strftime", "format"),
    ("strptime", "parse"),
    ("json", "toJson"),
    ("tojson", "toJson"),
    ("stringify", "toJson"),
    ("dumps", "toJson"),
    ("loads", "parseJson"),
    ("fromJSON", "parseJson"),
    ("fromjson", "parseJson"),
    ("parse_json", "parseJson"),
    ("b64encode", "base64Encode"),
    ("base64", "base64Encode"),
    ("b64decode", "base64Decode"),
    ("url_encode", "urlEncode"),
    ("encodeURIComponent", "urlEncode"),
];

/// The name of a function of ours that another language calls so.
pub(crate) fn function(name: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

/// What is written instead of a call that is no function here; `value` is its first argument.
pub(crate) fn call(name: &str, value: &str) -> Option<String> {
    Some(match name {
        "default" | "ifnull" | "coalesce" | "nvl" | "d" | "isnull" | "ifNull" => {
            format!("a value for null is `{value} ?? …`")
        }
        "str" | "toString" | "to_string" | "String" | "string" => {
            format!("write `\"{{{{ {value} }}}}\"`")
        }
        "int" | "Int" | "toInteger" | "to_i" => format!(
            "`parseInt({value})` reads a text, `toInt({value})` is the whole part of a number"
        ),
        "float" | "Number" | "Float" | "to_f" | "toNumber" => {
            format!("`parseFloat({value})` reads a text, `toFloat({value})` takes an `int`")
        }
        "bool" | "Boolean" => format!("compare it with something, as in `{value} != \"\"`"),
        "now" | "today" | "utcnow" | "timestamp" | "currentTime" | "getdate" => {
            "the time is read by a step: `step t = time.now { }`, then `steps.t.output.now`".to_owned()
        }
        "uuid" | "uuid4" | "guid" | "newGuid" | "random" | "rand" | "randomUUID" => {
            "chance is a step: `step id = random.uuid { }`, then `steps.id.output.uuid`".to_owned()
        }
        "fetch" | "get" | "request" | "curl" | "axios" | "httpGet" => {
            "requests are made by a step: `step NAME = http.get<T> { url: \"…\" }`".to_owned()
        }
        "sleep" | "delay" => "write `step NAME = time.sleep { for: 5s }`".to_owned(),
        "print" | "log" | "console" | "println" | "debug" => {
            "write `step NAME = log.info { message: \"…\" }`".to_owned()
        }
        "append" | "concat" | "push" | "add" => {
            "texts are joined by a template, lists by `+`: `xs + [x]`".to_owned()
        }
        "sumBy" | "sum_by" => format!("write `sum(map({value}, x => …))`"),
        "avg" | "average" | "mean" => format!(
            "there is none: the sum is `sum({value})`, how many there are `length({value})`"
        ),
        "flatten" | "flat" => format!("write `{value} | flatMap(x => x)`"),
        "indexOf" | "findIndex" | "index" => {
            format!("write `indexed({value}) | find(x => x.item == …)`, whose `index` it is")
        }
        "takeWhile" | "dropWhile" | "partition" | "without" | "difference" | "intersection" => {
            format!("there is none: `{value} | filter(x => …)` takes what a condition is true for")
        }
        "fromEntries" | "from_entries" | "toMap" | "dict" | "associate" => {
            format!("write `{value} | keyBy(x => …) | mapValues(x => …)`")
        }
        "capitalize" | "capitalise" | "ucfirst" => {
            format!("write `upper(slice({value}, 0, 1)) + slice({value}, 1)`")
        }
        "isEmpty" | "empty" | "is_empty" => format!("write `length({value}) == 0`"),
        "exists" | "defined" | "isNull" | "is_null" => format!("write `{value} != null`"),
        "success" | "failure" | "always" | "cancelled" => {
            "a step that may fail is `step x = try node { … }`; what always runs stands in `finally { … }`"
                .to_owned()
        }
        "env" | "getenv" | "secret" | "var" => {
            "declare `config { NAME: string }`, and read `config.NAME`".to_owned()
        }
        "range" => "write `0..10`".to_owned(),
        "reversed" => format!("write `{value} | reverse`"),
        _ => return None,
    })
}

/// What is written instead of an input that other tools give to every step; `has` says whether the
/// node has an input of a name.
pub(crate) fn input(name: &str, has: impl Fn(&str) -> bool) -> Option<&'static str> {
    Some(match name {
        "depends_on" | "dependsOn" | "needs" | "runAfter" | "after" | "dependencies" => {
            "steps run in the order in which they are written: leave it out"
        }
        "when" | "if" | "condition" | "only_if" | "unless" => {
            "a step runs on a condition inside of `if c { step … }`"
        }
        "continueOnError" | "continue_on_error" | "ignoreErrors" | "onError" | "ignore_errors"
        | "catch" => "a step that may fail is `step x = try node { … }`",
        "retries" | "max_retries" | "maxRetries" | "attempts" | "retry_count" => {
            "write `with { retry: { attempts: 3 } }` behind the inputs"
        }
        "seconds" | "ms" | "milliseconds" | "minutes" | "duration" | "time" | "amount"
            if has("for") =>
        {
            "write `for: 5s`"
        }
        "where" | "filter" if has("id") && !has("where") => {
            "it is about the one entity of an `id`: find it by `entity.query<E> { where: … }` first"
        }
        "delay" | "wait" => "wait by a step of its own: `time.sleep { for: 5s }`",
        "foreach" | "forEach" | "with_items" | "withItems" | "loop" | "matrix" => {
            "a step runs for each item inside of `for x in xs as NAME { step … }`"
        }
        "data" | "fields" | "values" | "set" | "body" | "json" if has("payload") => {
            "what is written is the `payload`: `payload: { name: value }`"
        }
        "json" | "data" | "payload" | "content" if has("body") => {
            "what is sent is the `body`: a text as it is, anything else as JSON"
        }
        "params" | "query" | "qs" | "search" if has("queryParams") => {
            "what stands behind the `?` of a URL is `queryParams`, a map of texts"
        }
        "name" | "id" | "uses" | "type" | "with" | "inputs" | "run" => {
            "a step is `step NAME = node { input: value }`: name and node stand in front"
        }
        _ => return None,
    })
}

/// What is written for a part of the trigger that another tool calls so.
pub(crate) fn trigger_part(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "query" | "params" | "queryString" | "search" | "parameters" => {
            &["queryParams", "arguments"]
        }
        "path" | "pathParameters" | "route" => &["pathParams"],
        "inputs" | "input" | "args" | "body" | "payload" | "data" | "event" | "json"
        | "request" => &["arguments", "body", "entity"],
        "record" | "row" | "item" | "object" | "new" => &["entity"],
        "old" | "before" | "previous" => &["previousEntity"],
        "raw" => &["rawBody"],
        "time" | "timestamp" | "date" => &["scheduledAt"],
        "cron" | "schedule" => &["cronExpression"],
        "type" | "action" => &["eventType"],
        _ => return None,
    })
}
