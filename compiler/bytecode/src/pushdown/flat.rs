//! Predicates and operands are trees; in a file they are flat, so that a hostile one can't nest
//! without bound.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Arithmetic, Comparison, Kind, Literal, Operand, Predicate};

/// The nodes of a tree, each before its children.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Flat(Vec<Node>);

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Node {
    Const(bool),
    Is,
    And(u32),
    Or(u32),
    Not,
    Compare(Comparison),
    In(u32),
    InCapture { list: u16, kind: Kind },
    Contains,
    StartsWith,
    EndsWith,
    IsNull,
    Field { path: Vec<SmolStr>, kind: Kind, nullable: bool },
    Capture { index: u16, kind: Kind, nullable: bool },
    Literal(Literal),
    Arithmetic { op: Arithmetic, kind: Kind },
}

impl From<Predicate> for Flat {
    fn from(predicate: Predicate) -> Self {
        let mut nodes = Vec::new();
        flatten(&predicate, &mut nodes);
        Self(nodes)
    }
}

impl From<Operand> for Flat {
    fn from(operand: Operand) -> Self {
        let mut nodes = Vec::new();
        flatten_operand(&operand, &mut nodes);
        Self(nodes)
    }
}

fn flatten(predicate: &Predicate, nodes: &mut Vec<Node>) {
    let mut operands = |node: Node, operands: &[&Operand]| {
        nodes.push(node);
        operands.iter().for_each(|operand| flatten_operand(operand, nodes));
    };
    match predicate {
        Predicate::Const(value) => nodes.push(Node::Const(*value)),
        Predicate::Is(operand) => operands(Node::Is, &[operand]),
        Predicate::IsNull(operand) => operands(Node::IsNull, &[operand]),
        Predicate::Compare { op, left, right } => operands(Node::Compare(*op), &[left, right]),
        Predicate::Contains { text, part } => operands(Node::Contains, &[text, part]),
        Predicate::StartsWith { text, part } => operands(Node::StartsWith, &[text, part]),
        Predicate::EndsWith { text, part } => operands(Node::EndsWith, &[text, part]),
        Predicate::InCapture { needle, list, kind } => {
            operands(Node::InCapture { list: *list, kind: *kind }, &[needle]);
        }
        Predicate::In { needle, among } => {
            operands(Node::In(among.len() as u32), &[needle]);
            among.iter().for_each(|operand| flatten_operand(operand, nodes));
        }
        Predicate::And(parts) | Predicate::Or(parts) => {
            let count = parts.len() as u32;
            let is_and = matches!(predicate, Predicate::And(_));
            nodes.push(if is_and { Node::And(count) } else { Node::Or(count) });
            parts.iter().for_each(|part| flatten(part, nodes));
        }
        Predicate::Not(inner) => {
            nodes.push(Node::Not);
            flatten(inner, nodes);
        }
    }
}

fn flatten_operand(operand: &Operand, nodes: &mut Vec<Node>) {
    match operand.clone() {
        Operand::Field { path, kind, nullable } => nodes.push(Node::Field { path, kind, nullable }),
        Operand::Capture { index, kind, nullable } => {
            nodes.push(Node::Capture { index, kind, nullable });
        }
        Operand::Const(literal) => nodes.push(Node::Literal(literal)),
        Operand::Arithmetic { op, left, right, kind } => {
            nodes.push(Node::Arithmetic { op, kind });
            flatten_operand(&left, nodes);
            flatten_operand(&right, nodes);
        }
    }
}

impl TryFrom<Flat> for Predicate {
    type Error = &'static str;

    fn try_from(flat: Flat) -> Result<Self, Self::Error> {
        let mut nodes = Nodes(flat.0.into_iter());
        let predicate = nodes.predicate(Self::MAX_DEPTH)?;
        nodes.0.next().is_none().then_some(predicate).ok_or("a predicate has nodes left over")
    }
}

impl TryFrom<Flat> for Operand {
    type Error = &'static str;

    fn try_from(flat: Flat) -> Result<Self, Self::Error> {
        let mut nodes = Nodes(flat.0.into_iter());
        let operand = nodes.operand(Predicate::MAX_DEPTH)?;
        nodes.0.next().is_none().then_some(operand).ok_or("an operand has nodes left over")
    }
}

struct Nodes(std::vec::IntoIter<Node>);

impl Nodes {
    fn next(&mut self) -> Result<Node, &'static str> {
        self.0.next().ok_or("a predicate lacks a node")
    }

    fn predicate(&mut self, left: usize) -> Result<Predicate, &'static str> {
        let left = left.checked_sub(1).ok_or("a predicate nests too deep")?;
        Ok(match self.next()? {
            Node::Const(value) => Predicate::Const(value),
            Node::Is => Predicate::Is(self.operand(left)?),
            Node::IsNull => Predicate::IsNull(self.operand(left)?),
            Node::Compare(op) => {
                let (left, right) = (self.operand(left)?, self.operand(left)?);
                Predicate::Compare { op, left, right }
            }
            Node::Contains => {
                let (text, part) = (self.operand(left)?, self.operand(left)?);
                Predicate::Contains { text, part }
            }
            Node::StartsWith => {
                let (text, part) = (self.operand(left)?, self.operand(left)?);
                Predicate::StartsWith { text, part }
            }
            Node::EndsWith => {
                let (text, part) = (self.operand(left)?, self.operand(left)?);
                Predicate::EndsWith { text, part }
            }
            Node::In(count) => {
                let needle = self.operand(left)?;
                let among = (0..count).map(|_| self.operand(left)).collect::<Result<_, _>>()?;
                Predicate::In { needle, among }
            }
            Node::InCapture { list, kind } => {
                Predicate::InCapture { needle: self.operand(left)?, list, kind }
            }
            Node::And(count) => Predicate::And(self.parts(count, left)?),
            Node::Or(count) => Predicate::Or(self.parts(count, left)?),
            Node::Not => Predicate::Not(Box::new(self.predicate(left)?)),
            Node::Field { .. } | Node::Capture { .. } | Node::Literal(_) => {
                return Err("a predicate is an operand");
            }
            Node::Arithmetic { .. } => return Err("a predicate is an operand"),
        })
    }

    fn parts(&mut self, count: u32, left: usize) -> Result<Vec<Predicate>, &'static str> {
        (0..count).map(|_| self.predicate(left)).collect()
    }

    fn operand(&mut self, left: usize) -> Result<Operand, &'static str> {
        let left = left.checked_sub(1).ok_or("an operand nests too deep")?;
        Ok(match self.next()? {
            Node::Field { path, kind, nullable } => Operand::Field { path, kind, nullable },
            Node::Capture { index, kind, nullable } => Operand::Capture { index, kind, nullable },
            Node::Literal(literal) => Operand::Const(literal),
            Node::Arithmetic { op, kind } => {
                let (left, right) = (self.operand(left)?, self.operand(left)?);
                let (left, right) = (Box::new(left), Box::new(right));
                Operand::Arithmetic { op, left, right, kind }
            }
            _ => return Err("an operand is a predicate"),
        })
    }
}
