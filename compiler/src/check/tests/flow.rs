//! The joining of what is known.

use smol_str::SmolStr;
use wf_diagnostics::Span;
use wf_types::Literal;

use crate::check::flow::{Fact, Flow, Path, Ran, Root, Why};
use crate::typed::{StepId, VarId};

fn text(text: &str) -> Literal {
    Literal::String(SmolStr::from(text))
}

#[test]
fn a_step_of_one_arm_may_have_run() {
    let mut flow = Flow::default();
    flow.push();
    flow.set_ran(StepId(0), Ran::Yes);
    flow.set_ran(StepId(1), Ran::Yes);
    let then = flow.pop();
    flow.push();
    flow.set_ran(StepId(1), Ran::Yes);
    let otherwise = flow.pop();
    flow.join(vec![then, otherwise], Span::default(), Why::If);
    assert_eq!(flow.ran(StepId(0)), Ran::Maybe(Span::default(), Why::If));
    assert_eq!(flow.ran(StepId(1)), Ran::Yes);
    assert_eq!(flow.ran(StepId(2)), Ran::No);
}

#[test]
fn an_arm_that_leaves_says_nothing() {
    let mut flow = Flow::default();
    let path = Path::new(Root::Trigger);
    flow.push();
    flow.end();
    let then = flow.pop();
    flow.push();
    flow.learn(path.clone(), Fact::non_null());
    let otherwise = flow.pop();
    flow.join(vec![then, otherwise], Span::default(), Why::If);
    assert!(!flow.dead());
    assert!(flow.fact(&path).non_null);
}

#[test]
fn facts_of_all_arms_are_weakened() {
    let mut flow = Flow::default();
    let path = Path::new(Root::Variable(VarId(0)));
    let mut arm = |literal: &str| {
        flow.push();
        flow.forget(path.root);
        flow.learn(path.clone(), Fact::only(vec![text(literal)]));
        flow.pop()
    };
    let arms = vec![arm("a"), arm("b")];
    flow.join(arms, Span::default(), Why::If);
    assert_eq!(flow.fact(&path), Fact::only(vec![text("a"), text("b")]));
}

#[test]
fn what_one_arm_forgets_is_forgotten() {
    let mut flow = Flow::default();
    let path = Path::new(Root::Variable(VarId(0)));
    flow.learn(path.clone(), Fact::non_null());
    flow.push();
    flow.forget(path.root);
    let then = flow.pop();
    flow.push();
    let otherwise = flow.pop();
    flow.join(vec![then, otherwise], Span::default(), Why::If);
    assert!(!flow.fact(&path).non_null);
}
