//! Steps: what is demanded of the answer of a node, and of the rows that its lambdas are given.

use wf_types::{Bound, LambdaType, NodeSignature, Type};

use super::graph::{Node, Part};
use super::library::places;
use super::stmt::Walk;
use crate::typed::{Expr, ExprKind, Lambda, NodeStep, RecordEntry, StepId, StepTarget, WorkflowId};

/// The fields of an output that the machine reads itself.
const OWN: [&str; 2] = ["success", "statusCode"];

impl<'a> Walk<'a> {
    pub(super) fn step(&mut self, step: &'a NodeStep) {
        step.policy.iter().for_each(|policy| self.whole(policy));
        let StepTarget::Node { name, type_args, .. } = &step.target else {
            // What a workflow gives is whole already.
            return self.whole(&step.input);
        };
        let Some((id, workflow)) = self.body.workflow else { return };
        let Some(declared) = workflow.steps.get(step.step.0 as usize) else { return };
        let output = self.output((id, step.step), &declared.output);
        if step.strict {
            let whole = self.graph.whole(&declared.output);
            self.graph.flow(output, whole);
        }
        let program = self.program;
        let signature = program.signatures.node(name);
        let demands: Vec<Node> = (0..type_args.len()).map(|_| self.graph.node()).collect();
        for (place, (ty, demand)) in type_args.iter().zip(&demands).enumerate() {
            self.type_args.push(((id, step.step, place), *demand, ty));
            match signature {
                Some(signature) => self.type_arg(signature, place, output, *demand),
                None => {
                    let whole = self.graph.whole(ty);
                    self.graph.flow(*demand, whole);
                }
            }
            if step.strict {
                let whole = self.graph.whole(ty);
                self.graph.flow(*demand, whole);
            }
        }
        self.inputs(&step.input, signature, &demands);
    }

    /// The node of a step's output: two arms may run the same step.
    fn output(&mut self, key: (WorkflowId, StepId), ty: &'a Type) -> Node {
        if let Some((node, _)) = self.outputs.get(&key) {
            return *node;
        }
        let step = self.steps[key.0.0 as usize][key.1.0 as usize];
        let node = self.graph.node();
        let read = self.graph.projection(step, Part::Field("output"));
        self.graph.flow(node, read);
        let used = self.graph.used;
        for name in OWN {
            self.add_field(node, ty, name, used);
        }
        self.outputs.insert(key, (node, ty));
        node
    }

    /// What is demanded of the values that the node makes of a type argument: whatever is read of
    /// them in the output.
    fn type_arg(&mut self, signature: &NodeSignature, place: usize, output: Node, demand: Node) {
        let bound = signature.type_params.get(place).and_then(|param| param.bound);
        let rows = self.graph.untouched();
        for found in places(&signature.output, place) {
            let part = self.project(output, &found);
            self.graph.flow(rows, part);
            // Nodes of entities make rows themselves, each of them once: what is read of one place
            // is in the values of the others as well, and is seen there.
            if bound == Some(Bound::Entity) {
                let back = self.at_place(&found, rows);
                self.graph.flow(output, back);
            }
        }
        self.graph.flow(demand, rows);
    }

    /// The inputs are looked at whole; what lambdas read of their parameters is demanded of every
    /// row that they are given.
    fn inputs(&mut self, input: &'a Expr, signature: Option<&NodeSignature>, demands: &[Node]) {
        let fields = match signature.map(|s| &s.input) {
            Some(Type::Record(record)) => record.fields.as_slice(),
            _ => &[],
        };
        let lambda_type = |slot: usize| match &fields.get(slot)?.ty {
            Type::Lambda(lambda) => Some(&**lambda),
            Type::Optional(inner) => match &**inner {
                Type::Lambda(lambda) => Some(&**lambda),
                _ => None,
            },
            _ => None,
        };
        let each = |walk: &mut Self, slot: usize, value: &'a Expr| match as_lambda(value) {
            Some(lambda) => walk.node_lambda(lambda, lambda_type(slot), demands),
            None => walk.whole(value),
        };
        match &input.kind {
            ExprKind::Record { fields, .. } => {
                for (slot, field) in fields.iter().enumerate() {
                    if let Some(field) = field {
                        each(self, slot, field);
                    }
                }
            }
            ExprKind::RecordSpread(entries) => {
                for entry in entries {
                    match entry {
                        RecordEntry::Field(slot, value) => each(self, usize::from(*slot), value),
                        RecordEntry::Spread(record, _) => self.whole(record),
                    }
                }
            }
            _ => self.whole(input),
        }
    }

    fn node_lambda(&mut self, lambda: &'a Lambda, ty: Option<&LambdaType>, demands: &[Node]) {
        for (place, param) in lambda.params.iter().enumerate() {
            let local = self.local(*param);
            let Some(ty) = ty.and_then(|ty| ty.params.get(place)) else { continue };
            for (index, demand) in demands.iter().enumerate() {
                for found in places(ty, index) {
                    let part = self.project(local, &found);
                    self.graph.flow(*demand, part);
                }
            }
        }
        self.whole(&lambda.body);
    }
}

fn as_lambda(expr: &Expr) -> Option<&Lambda> {
    match &expr.kind {
        ExprKind::Lambda(lambda) => Some(lambda),
        ExprKind::Coerce(inner) | ExprKind::NonNull(inner) => as_lambda(inner),
        _ => None,
    }
}
