//! Programs for the tests, each as small as it can be and still show its construct.

use wf_types::Type;

use super::tree::*;
use crate::typed::{
    Arg, BinaryOp, Branch, Const, Expr, ExprKind, Function, Intrinsic, LocalId, MapEntry, MatchArm,
    Program, RecordEntry, StepId, StepKind, Stmt, StmtKind, TemplatePart, Test, Try, UnaryOp,
    UpdateOp, VarId, While,
};

/// `fn fib(n: int) -> int { if n < 2 { return n } return fib(n - 1) + fib(n - 2) }`
pub(crate) fn fib() -> Function {
    let n = || local(0, Type::Int);
    let fib = |by| call(0, vec![binary(BinaryOp::Sub, n(), int(by))], Type::Int);
    let body = vec![
        if_(binary(BinaryOp::Lt, n(), int(2)), vec![ret(n())], vec![]),
        ret(binary(BinaryOp::Add, fib(1), fib(2))),
    ];
    function("fib", &[Type::Int], &[], Type::Int, body)
}

/// `workflow w { return e }`
pub(crate) fn returning(functions: Vec<Function>, value: Expr) -> Program {
    let ty = value.ty.clone();
    program(functions, vec![Flow::new().finish("w", ty, vec![ret(value)])])
}

pub(crate) fn call_fib(n: i64) -> Program {
    returning(vec![fib()], call(0, vec![int(n)], Type::Int))
}

/// `fn f() -> T { … }` and a workflow that returns its value.
pub(crate) fn calling(locals: &[Type], result: Type, body: Vec<StmtKind>) -> Program {
    let f = function("f", &[], locals, result.clone(), body);
    returning(vec![f], call(0, vec![], result))
}

/// The sum of the numbers below `n`, without those that 3 divides, up to 50.
pub(crate) fn counted_loop(n: i64) -> Program {
    let (sum, i) = (|| local(0, Type::Int), || local(1, Type::Int));
    let divided = binary(BinaryOp::Eq, binary(BinaryOp::Rem, i(), int(3)), int(0));
    let body = vec![
        StmtKind::Let(LocalId(0), int(0)),
        for_(
            None,
            1,
            range(int(0), int(n)),
            false,
            None,
            vec![
                if_(divided, vec![StmtKind::Continue], vec![]),
                if_(binary(BinaryOp::Gt, i(), int(50)), vec![StmtKind::Break], vec![]),
                StmtKind::UpdateLocal(LocalId(0), UpdateOp::Add, i(), span()),
            ],
        ),
        ret(sum()),
    ];
    calling(&[Type::Int, Type::Int], Type::Int, body)
}

/// `while n > 1 { n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 }  c += 1 }`
pub(crate) fn collatz(start: i64) -> Program {
    let n = || local(0, Type::Int);
    let even = binary(BinaryOp::Eq, binary(BinaryOp::Rem, n(), int(2)), int(0));
    let next = expr(
        ExprKind::If {
            cond: Box::new(even),
            then: Box::new(binary(BinaryOp::Div, n(), int(2))),
            otherwise: Box::new(binary(BinaryOp::Add, binary(BinaryOp::Mul, int(3), n()), int(1))),
        },
        Type::Int,
    );
    let body = block(vec![
        StmtKind::AssignLocal(LocalId(0), next),
        StmtKind::UpdateLocal(LocalId(1), UpdateOp::Add, int(1), span()),
    ]);
    let cond = binary(BinaryOp::Gt, n(), int(1));
    let body = vec![
        StmtKind::Let(LocalId(0), int(start)),
        StmtKind::Let(LocalId(1), int(0)),
        StmtKind::While(Box::new(While { step: None, cond, max: None, yields: None, body })),
        ret(local(1, Type::Int)),
    ];
    calling(&[Type::Int, Type::Int], Type::Int, body)
}

fn intrinsic(function: Intrinsic, args: Vec<Arg>, ty: Type) -> Expr {
    expr(ExprKind::Intrinsic { function, args }, ty)
}

/// `range(0, 10)` through each library function with a lambda, in a list.
pub(crate) fn intrinsics() -> Program {
    let x = || local(0, Type::Int);
    let source = || Arg::Value(range(int(0), int(10)));
    let odd = || binary(BinaryOp::Eq, binary(BinaryOp::Rem, x(), int(2)), int(1));
    let of = |function, body: Expr, ty: Type| {
        intrinsic(function, vec![source(), Arg::Lambda(lambda(&[0], body))], ty)
    };
    let square = binary(BinaryOp::Mul, x(), x());
    let maybe = expr(
        ExprKind::If {
            cond: Box::new(odd()),
            then: Box::new(coerce(x(), Type::Int.optional())),
            otherwise: Box::new(coerce(null(), Type::Int.optional())),
        },
        Type::Int.optional(),
    );
    let key = expr(ExprKind::Template(vec![TemplatePart::Expr(odd())]), Type::String);
    let negative = expr(ExprKind::Unary { op: UnaryOp::Neg, operand: Box::new(x()) }, Type::Int);
    let acc = binary(BinaryOp::Add, local(1, Type::Int), x());
    let reduce = intrinsic(
        Intrinsic::Reduce,
        vec![source(), Arg::Value(int(100)), Arg::Lambda(lambda(&[1, 0], acc))],
        Type::Int,
    );
    let ints = || Type::Int.list();
    let values = vec![
        of(Intrinsic::Map, square, ints()),
        of(Intrinsic::Filter, odd(), ints()),
        of(Intrinsic::FilterMap, maybe, ints()),
        of(Intrinsic::FlatMap, list(vec![x(), x()], Type::Int), ints()),
        reduce,
        of(Intrinsic::SortBy, negative, ints()),
        of(Intrinsic::GroupBy, key, ints().map()),
        of(Intrinsic::Any, odd(), Type::Bool),
        of(Intrinsic::All, odd(), Type::Bool),
        of(Intrinsic::Count, odd(), Type::Int),
        of(Intrinsic::Find, binary(BinaryOp::Gt, x(), int(6)), Type::Int.optional()),
    ];
    let values = values.into_iter().map(|value| coerce(value, Type::Json)).collect();
    let all = list(values, Type::Json);
    calling(&[Type::Int, Type::Int], Type::Json.list(), vec![ret(all)])
}

/// `a` and `b` records, narrowed, spread, boxed, matched and put together.
pub(crate) fn values() -> Program {
    let wide = record_type(&[("name", Type::String), ("age", Type::Int)]);
    let narrow = record_type(&[("age", Type::Int.optional())]);
    let person = |name: &str, age| record(vec![Some(text(name)), Some(int(age))], wide.clone());
    let people = list(vec![person("Ann", 40), person("Bob", 7)], wide.clone());
    let ages = coerce(people, narrow.clone().list());
    let spread = expr(
        ExprKind::RecordSpread(vec![
            RecordEntry::Spread(person("Cid", 1), vec![Some(0), Some(1)]),
            RecordEntry::Field(1, int(2)),
        ]),
        wide.clone(),
    );
    let missing = record(vec![None], narrow);
    let map = expr(
        ExprKind::Map(vec![
            MapEntry::Pair(text("k"), coerce(int(5), Type::Json)),
            MapEntry::Spread(expr(
                ExprKind::Map(vec![MapEntry::Pair(text("j"), coerce(spread, Type::Json))]),
                Type::Json.map(),
            )),
        ]),
        Type::Json.map(),
    );
    let joined = binary(
        BinaryOp::Add,
        binary(BinaryOp::Add, text("a"), text("b")),
        expr(
            ExprKind::Template(vec![
                TemplatePart::Text("<".into()),
                TemplatePart::Expr(int(3)),
                TemplatePart::Text(">".into()),
            ]),
            Type::String,
        ),
    );
    let get = expr(
        ExprKind::ListGet { list: Box::new(local(0, Type::Json.list())), index: Box::new(int(9)) },
        Type::Json,
    );
    let or = expr(
        ExprKind::IfPresent {
            value: Box::new(get),
            local: LocalId(1),
            present: Box::new(local(1, Type::Json)),
            absent: Box::new(coerce(text("none"), Type::Json)),
        },
        Type::Json,
    );
    let age = field(person("Dee", 33), 1, Type::Int);
    let arm = |tests, value: &str| MatchArm { tests, binding: None, value: text(value) };
    let matched = expr(
        ExprKind::Match {
            subject: Box::new(age),
            local: LocalId(2),
            arms: vec![
                arm(vec![Test::Equals(Const::Int(3)), Test::Equals(Const::Int(4))], "few"),
                arm(vec![Test::Equals(Const::Int(33))], "many"),
                arm(vec![Test::Any], "others"),
            ],
        },
        Type::String,
    );
    let json = |value| coerce(value, Type::Json);
    let all = vec![json(ages), json(missing), json(map), json(joined), or, json(matched)];
    let body = vec![
        StmtKind::Let(LocalId(0), list(vec![json(int(1))], Type::Json)),
        ret(list(all, Type::Json)),
    ];
    calling(&[Type::Json.list(), Type::Json, Type::Int], Type::Json.list(), body)
}

fn loop_output(results: Type) -> Type {
    record_type(&[("results", results.list()), ("count", Type::Int), ("success", Type::Bool)])
}

fn try_(body: Vec<StmtKind>, catch: Option<(u32, Vec<StmtKind>)>, finally: Vec<StmtKind>) -> Stmt {
    let catch = catch.map(|(err, kinds)| (LocalId(err), block(kinds)));
    let finally = (!finally.is_empty()).then(|| block(finally));
    stmt(StmtKind::Try(Box::new(Try { body: block(body), catch, finally })))
}

/// A parallel loop over numbers that merges, yields and has a variable of its own, and in it a
/// parallel block whose branches merge into variables of both.
pub(crate) fn parallel() -> Program {
    let mut f = Flow::new();
    let (sum, texts) = (f.variable(Type::Int, true), f.variable(Type::String.list(), true));
    let own = f.variable(Type::Int, false);
    let (x, offset) = (f.local(Type::Int), f.local(Type::Int));
    let each = f.step("each", StepKind::For, loop_output(Type::Int), false);
    let success = record_type(&[("success", Type::Bool)]);
    let both = f.step("both", StepKind::Parallel, success.clone(), true);
    let inner = f.step("inner", StepKind::Node, success, true);
    let shown =
        expr(ExprKind::Template(vec![TemplatePart::Expr(local(x, Type::Int))]), Type::String);
    let branches = vec![
        Branch {
            name: "a".into(),
            body: block(vec![
                merge_into(own, UpdateOp::Add, local(x, Type::Int)),
                merge_into(sum, UpdateOp::Add, int(1)),
                StmtKind::Yield(StepId(each), int(-1)),
            ]),
        },
        Branch {
            name: "b".into(),
            body: block(vec![
                node_step(inner, "test.echo", shown.clone(), false),
                merge_into(own, UpdateOp::Add, local(offset, Type::Int)),
            ]),
        },
    ];
    let body = vec![
        StmtKind::DeclareVariable(VarId(own), int(1000)),
        StmtKind::Parallel(StepId(both), branches),
        merge_into(sum, UpdateOp::Add, variable(own, Type::Int)),
        merge_into(texts, UpdateOp::Add, list(vec![shown], Type::String)),
        if_(binary(BinaryOp::Gt, local(x, Type::Int), int(3)), vec![StmtKind::Continue], vec![]),
        StmtKind::Yield(StepId(each), variable(own, Type::Int)),
    ];
    let total = f.output(each);
    let result = record_type(&[
        ("sum", Type::Int),
        ("texts", Type::String.list()),
        ("each", loop_output(Type::Int)),
    ]);
    let value = record(
        vec![
            Some(variable(sum, Type::Int)),
            Some(variable(texts, Type::String.list())),
            Some(total),
        ],
        result.clone(),
    );
    let body = vec![
        StmtKind::DeclareVariable(VarId(sum), int(0)),
        StmtKind::DeclareVariable(VarId(texts), list(vec![], Type::String)),
        StmtKind::Let(LocalId(offset), int(100)),
        for_(Some(each), x, range(int(0), int(6)), true, Some(Type::Int), body),
        ret(value),
    ];
    program(vec![], vec![f.finish("w", result, body)])
}

/// In each round a `try` with `finally`, left by `continue`, `break` and by its end; the last one
/// fails and is caught. The variable tells what ran.
pub(crate) fn ways_out() -> Program {
    let mut f = Flow::new();
    let trace = f.variable(Type::String, true);
    let (x, err) = (f.local(Type::Int), f.local(failure()));
    let each = f.step(
        "each",
        StepKind::For,
        record_type(&[("count", Type::Int), ("success", Type::Bool)]),
        false,
    );
    let note = |value: &str| add_to(trace, text(value));
    let when = |n, then: Vec<StmtKind>| {
        if_(binary(BinaryOp::Eq, local(x, Type::Int), int(n)), then, vec![])
    };
    let round = vec![
        note("["),
        when(1, vec![StmtKind::Continue]),
        when(2, vec![StmtKind::Fail(text("two"))]),
        when(4, vec![StmtKind::Break]),
        note("."),
    ];
    let catch = vec![add_to(trace, field(local(err, failure()), 1, Type::String))];
    let round = try_(round, Some((err, catch)), vec![note("]")]);
    let looped =
        for_(Some(each), x, range(int(0), int(9)), false, None, vec![round.kind, note(",")]);
    let count = field(f.output(each), 0, Type::Int);
    let shown = expr(
        ExprKind::Template(vec![
            TemplatePart::Expr(variable(trace, Type::String)),
            TemplatePart::Expr(count),
        ]),
        Type::String,
    );
    let outer = try_(vec![looped, ret(shown)], None, vec![note("!")]);
    let body = vec![StmtKind::DeclareVariable(VarId(trace), text("")), outer.kind];
    program(vec![], vec![f.finish("w", Type::String, body)])
}

/// A `while` of at most `max` rounds that ends by itself after `rounds`.
pub(crate) fn bounded(max: i64, rounds: i64) -> Program {
    let mut f = Flow::new();
    let n = f.variable(Type::Int, true);
    let output = record_type(&[
        ("results", Type::Int.list()),
        ("count", Type::Int),
        ("success", Type::Bool),
        ("exhausted", Type::Bool),
    ]);
    let step = f.step("w", StepKind::While, output.clone(), false);
    let cond = binary(BinaryOp::Lt, variable(n, Type::Int), int(rounds));
    let body = block(vec![
        add_to(n, int(1)),
        StmtKind::Yield(StepId(step), variable(n, Type::Int)),
        if_(binary(BinaryOp::Eq, variable(n, Type::Int), int(7)), vec![StmtKind::Break], vec![]),
    ]);
    let (step_id, max) = (Some(StepId(step)), Some(int(max)));
    let yields = Some(Type::Int);
    let value = f.output(step);
    let body = vec![
        StmtKind::DeclareVariable(VarId(n), int(0)),
        StmtKind::While(Box::new(While { step: step_id, cond, max, yields, body })),
        ret(value),
    ];
    program(vec![], vec![f.finish("w", output, body)])
}

/// A step of the first round is not seen in the second; a `try` step whose input fails is an
/// outcome; a named condition.
pub(crate) fn steps() -> Program {
    let mut f = Flow::new();
    let x = f.local(Type::Int);
    let success = record_type(&[("success", Type::Bool)]);
    let each = f.step("each", StepKind::For, loop_output(Type::Bool), false);
    let first = f.step("first", StepKind::Node, success.clone(), true);
    let tried = f.step("tried", StepKind::Node, success, false);
    let named = f.step(
        "named",
        StepKind::If,
        record_type(&[
            ("result", Type::Bool),
            ("evaluatedExpression", Type::String),
            ("success", Type::Bool),
        ]),
        false,
    );
    let is_first = binary(BinaryOp::Eq, local(x, Type::Int), int(0));
    let ran = |step| {
        let ty = record_type(&[]).optional();
        let step = expr(ExprKind::Step(StepId(step)), ty);
        binary(BinaryOp::Ne, step, null())
    };
    let body = vec![
        if_(is_first, vec![node_step(first, "test.echo", text("hi"), false)], vec![]),
        StmtKind::Yield(StepId(each), ran(first)),
    ];
    let zero = binary(BinaryOp::Div, int(1), local(x, Type::Int));
    let broken = expr(ExprKind::Template(vec![TemplatePart::Expr(zero)]), Type::String);
    let named_if = match if_(ran(each), vec![], vec![]) {
        StmtKind::If(mut stmt) => {
            stmt.name = Some((StepId(named), "steps.each != null".into()));
            StmtKind::If(stmt)
        }
        other => other,
    };
    let status = field(expr(ExprKind::Step(StepId(tried)), f_record()), 2, Type::String);
    let outputs = vec![
        coerce(f.output(each), Type::Json),
        coerce(f.output(named), Type::Json),
        coerce(status, Type::Json),
    ];
    let body = vec![
        for_(Some(each), x, range(int(0), int(3)), false, Some(Type::Bool), body),
        StmtKind::Let(LocalId(x), int(0)),
        node_step(tried, "test.echo", broken, true),
        named_if,
        ret(list(outputs, Type::Json)),
    ];
    program(vec![], vec![f.finish("w", Type::Json.list(), body)])
}

fn f_record() -> Type {
    record_type(&[("nodeId", Type::Uuid)])
}

/// A node gets a lambda that captures a local, a variable and a step.
pub(crate) fn closures() -> Program {
    let mut f = Flow::new();
    let limit = f.variable(Type::Int, true);
    let (row, base) = (f.local(Type::Int), f.local(Type::Int));
    let success = record_type(&[("success", Type::Bool)]);
    let before = f.step("before", StepKind::Node, success.clone(), false);
    let query = f.step("query", StepKind::Node, success, false);
    let ok = field(f.output(before), 0, Type::Bool);
    let above = binary(
        BinaryOp::Gt,
        local(row, Type::Int),
        binary(BinaryOp::Add, local(base, Type::Int), variable(limit, Type::Int)),
    );
    let body = binary(BinaryOp::And, ok, above);
    let ty = record_type(&[("where", Type::Json)]);
    let mut step = node_step(query, "test.query", text(""), false);
    if let StmtKind::Step(step) = &mut step {
        let lambda = expr(ExprKind::Lambda(lambda(&[row], body)), Type::Json);
        step.input = record(vec![Some(lambda)], ty);
    }
    let body = vec![
        StmtKind::DeclareVariable(VarId(limit), int(1)),
        StmtKind::Let(LocalId(base), int(2)),
        node_step(before, "test.echo", text("x"), false),
        step,
    ];
    program(vec![], vec![f.finish("w", Type::Null, body)])
}

/// `max=` of an optional, `min=`, `or=`, `and=`, and lists, maps and strings in place.
pub(crate) fn updates() -> Program {
    let mut f = Flow::new();
    let best = f.variable(Type::Int.optional(), true);
    let low = f.variable(Type::Float, true);
    let (any, all) = (f.variable(Type::Bool, true), f.variable(Type::Bool, true));
    let xs = f.variable(Type::Int.list(), true);
    let m = f.variable(Type::Int.map(), true);
    let name = f.variable(Type::String.optional(), true);
    let update = |var, op, value| StmtKind::UpdateVariable(VarId(var), op, value, span());
    let float = |value| expr(ExprKind::Const(Const::Float(value)), Type::Float);
    let pair = |key: &str, value| {
        expr(ExprKind::Map(vec![MapEntry::Pair(text(key), int(value))]), Type::Int.map())
    };
    let xs_now = || variable(xs, Type::Int.list());
    let json = |var, ty| coerce(variable(var, ty), Type::Json);
    let all_values = vec![
        json(best, Type::Int.optional()),
        json(low, Type::Float),
        json(any, Type::Bool),
        json(all, Type::Bool),
        json(xs, Type::Int.list()),
        json(m, Type::Int.map()),
        json(name, Type::String.optional()),
    ];
    let body = vec![
        StmtKind::DeclareVariable(VarId(best), coerce(null(), Type::Int.optional())),
        StmtKind::DeclareVariable(VarId(low), float(2.5)),
        StmtKind::DeclareVariable(VarId(any), boolean(false)),
        StmtKind::DeclareVariable(VarId(all), boolean(true)),
        StmtKind::DeclareVariable(VarId(xs), list(vec![], Type::Int)),
        StmtKind::DeclareVariable(VarId(m), pair("a", 1)),
        StmtKind::DeclareVariable(VarId(name), coerce(null(), Type::String.optional())),
        update(best, UpdateOp::Max, int(4)),
        update(best, UpdateOp::Max, int(3)),
        update(low, UpdateOp::Min, float(-1.5)),
        update(any, UpdateOp::Or, boolean(true)),
        update(all, UpdateOp::And, boolean(false)),
        update(xs, UpdateOp::Add, list(vec![int(1)], Type::Int)),
        update(xs, UpdateOp::Add, list(vec![int(2), int(3)], Type::Int)),
        StmtKind::AssignVariable(VarId(xs), binary(BinaryOp::Add, xs_now(), xs_now())),
        update(m, UpdateOp::Add, pair("b", 2)),
        update(name, UpdateOp::Min, text("b")),
        update(name, UpdateOp::Min, text("c")),
        ret(list(all_values, Type::Json)),
    ];
    program(vec![], vec![f.finish("w", Type::Json.list(), body)])
}
