//! The tree of an expression or a type in one line, fully parenthesised.

use crate::ast::{
    BinaryOp, Call, Entry, EntryKey, Expr, ExprKind, Pattern, PatternKind, Selector, Template,
    TemplatePart, TypeExpr, TypeExprKind, UnaryOp,
};

pub(super) fn expr(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Error => "!".into(),
        ExprKind::Null => "null".into(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Int(n) => n.to_string(),
        ExprKind::Float(f) => format!("f{f}"),
        ExprKind::Duration(d) => format!("{d}us"),
        ExprKind::String(t) => template(t),
        ExprKind::Name(n) => n.to_string(),
        ExprKind::Current => "@".into(),
        ExprKind::Field { base, name, safe } => {
            format!("{}{}{}", expr(base), if *safe { "?." } else { "." }, name.text)
        }
        ExprKind::Index { base, index } => format!("{}[{}]", expr(base), expr(index)),
        ExprKind::Select { base, selector, descendants } => {
            let dots = if *descendants { ".." } else { "" };
            format!("{}{dots}[{}]", expr(base), select(selector))
        }
        ExprKind::Call(c) => call(c, None),
        ExprKind::MethodCall { base, call: c } => format!("{}.{}", expr(base), call(c, None)),
        ExprKind::Pipe { left, call: c } => call(c, Some(left)),
        ExprKind::Cast { expr: e, ty } => format!("({} as {}?)", expr(e), show_type(ty)),
        ExprKind::Unary { op, operand } => {
            format!("({} {})", if *op == UnaryOp::Neg { "-" } else { "not" }, expr(operand))
        }
        ExprKind::Binary { op, left, right, .. } => {
            format!("({} {} {})", expr(left), operator(*op), expr(right))
        }
        ExprKind::Range { start, end, inclusive } => {
            format!("({} {} {})", expr(start), if *inclusive { "..=" } else { ".." }, expr(end))
        }
        ExprKind::If { cond, then, otherwise } => {
            format!("(if {} then {} else {})", expr(cond), expr(then), expr(otherwise))
        }
        ExprKind::Match { subject, arms } => {
            let arms: Vec<String> = arms
                .iter()
                .map(|a| format!("{}: {}", pattern(&a.pattern), expr(&a.value)))
                .collect();
            format!("(match {} [{}])", expr(subject), arms.join("; "))
        }
        ExprKind::Lambda(l) => {
            let params: Vec<&str> = l.params.iter().map(|p| p.text.as_str()).collect();
            format!("({} => {})", params.join(" "), expr(&l.body))
        }
        ExprKind::List(entries) => format!("[{}]", join(entries)),
        ExprKind::Braces(entries) => format!("{{{}}}", join(entries)),
        ExprKind::Paren(inner) => format!("<{}>", expr(inner)),
    }
}

fn join(entries: &[Entry]) -> String {
    let shown: Vec<String> = entries
        .iter()
        .map(|e| match &e.key {
            EntryKey::None => expr(&e.value),
            EntryKey::Spread => format!("...{}", expr(&e.value)),
            EntryKey::Name(n) => format!("{}: {}", n.text, expr(&e.value)),
            EntryKey::String(t) => format!("{}: {}", template(t), expr(&e.value)),
            EntryKey::Computed(k) => format!("[{}]: {}", expr(k), expr(&e.value)),
        })
        .collect();
    shown.join(", ")
}

fn call(c: &Call, first: Option<&Expr>) -> String {
    let args: Vec<String> = first.into_iter().chain(&c.args).map(expr).collect();
    let types: Vec<String> = c.type_args.iter().map(show_type).collect();
    let types = if types.is_empty() { String::new() } else { format!("<{}>", types.join(", ")) };
    format!("{}{types}({})", c.name.text, args.join(", "))
}

fn select(s: &Selector) -> String {
    let number = |n: &Option<i64>| n.map_or(String::new(), |n| n.to_string());
    match s {
        Selector::All => "*".into(),
        Selector::Filter(e) => format!("? {}", expr(e)),
        Selector::Slice { start, end, step } => {
            format!("{}:{}:{}", number(start), number(end), number(step))
        }
        Selector::Index(e) => expr(e),
        Selector::Several(all) => all.iter().map(select).collect::<Vec<_>>().join(", "),
    }
}

pub(super) fn template(t: &Template) -> String {
    let parts: Vec<String> = t
        .parts
        .iter()
        .map(|p| match p {
            TemplatePart::Text(text, _) => text.replace('\n', "\\n"),
            TemplatePart::Expr(e) => format!("${}$", expr(e)),
        })
        .collect();
    format!("\"{}\"", parts.concat())
}

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::In => "in",
        BinaryOp::Coalesce => "??",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
    }
}

pub(super) fn show_type(ty: &TypeExpr) -> String {
    let list =
        |types: &[TypeExpr], by: &str| types.iter().map(show_type).collect::<Vec<_>>().join(by);
    match &ty.kind {
        TypeExprKind::Error => "!".into(),
        TypeExprKind::Name(n, args) if args.is_empty() => n.text.to_string(),
        TypeExprKind::Name(n, args) => format!("{}<{}>", n.text, list(args, ", ")),
        TypeExprKind::Null => "null".into(),
        TypeExprKind::String(t) => template(t),
        TypeExprKind::Int(n) => n.to_string(),
        TypeExprKind::Bool(b) => b.to_string(),
        TypeExprKind::Optional(t) => format!("{}?", show_type(t)),
        TypeExprKind::Union(members) => format!("({})", list(members, " | ")),
        TypeExprKind::Record(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|f| format!("{}: {}", f.name.text, show_type(&f.ty))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        TypeExprKind::Lambda(params, result) => {
            format!("({}) -> {}", list(params, ", "), show_type(result))
        }
        TypeExprKind::Paren(t) => format!("<{}>", show_type(t)),
    }
}

pub(super) fn pattern(p: &Pattern) -> String {
    match &p.kind {
        PatternKind::Error => "!".into(),
        PatternKind::Any => "_".into(),
        PatternKind::Null => "null".into(),
        PatternKind::String(t) => template(t),
        PatternKind::Int(n) => n.to_string(),
        PatternKind::Bool(b) => b.to_string(),
        PatternKind::Name(n) => n.text.to_string(),
        PatternKind::Typed(ty, n) => format!("{} {}", show_type(ty), n.text),
        PatternKind::Or(forms) => forms.iter().map(pattern).collect::<Vec<_>>().join(" | "),
    }
}
