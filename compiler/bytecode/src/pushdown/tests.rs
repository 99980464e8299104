//! Predicates in files.

use super::{Arithmetic, Comparison, Kind, Literal, Operand, Predicate};

fn field(name: &str) -> Operand {
    Operand::Field { path: vec![name.into()], kind: Kind::Int, nullable: false }
}

fn nested(depth: usize) -> Predicate {
    let inner = Predicate::Is(field("a"));
    (2..depth).fold(inner, |inner, _| Predicate::Not(Box::new(inner)))
}

#[test]
fn a_predicate_comes_back_as_it_was() {
    let sum = Operand::Arithmetic {
        op: Arithmetic::Add,
        left: Box::new(field("a")),
        right: Box::new(Operand::Capture { index: 2, kind: Kind::Int, nullable: true }),
        kind: Kind::Int,
    };
    let seven = Operand::Const(Literal::Int(7));
    let (name, part) = (field("name"), Operand::Const(Literal::String("x".to_owned())));
    let predicate = Predicate::Or(vec![
        Predicate::And(vec![
            Predicate::Compare { op: Comparison::Ge, left: sum, right: seven.clone() },
            Predicate::In { needle: field("b"), among: vec![seven, field("c")] },
            Predicate::InCapture { needle: field("b"), list: 3, kind: Kind::Int },
        ]),
        Predicate::Contains { text: name.clone(), part: part.clone() },
        Predicate::StartsWith { text: name.clone(), part: part.clone() },
        Predicate::EndsWith { text: name.clone(), part },
        Predicate::Not(Box::new(Predicate::IsNull(name.clone()))),
        Predicate::Is(name),
        Predicate::Const(false),
    ]);
    let bytes = postcard::to_stdvec(&predicate).expect("a predicate can be written");
    assert_eq!(postcard::from_bytes::<Predicate>(&bytes), Ok(predicate));
}

#[test]
fn one_that_nests_too_deep_is_not_read() {
    let read = |depth| {
        let bytes = postcard::to_stdvec(&nested(depth)).expect("a predicate can be written");
        postcard::from_bytes::<Predicate>(&bytes)
    };
    assert_eq!(read(Predicate::MAX_DEPTH), Ok(nested(Predicate::MAX_DEPTH)));
    assert!(read(Predicate::MAX_DEPTH + 1).is_err());
}

#[test]
fn an_operand_is_no_predicate() {
    let bytes = postcard::to_stdvec(&field("a")).expect("an operand can be written");
    assert!(postcard::from_bytes::<Predicate>(&bytes).is_err());
    let bytes = postcard::to_stdvec(&nested(3)).expect("a predicate can be written");
    assert!(postcard::from_bytes::<Operand>(&bytes).is_err());
}
