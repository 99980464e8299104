//! `workflow.call`: a signature only, since the machine runs workflows itself.

pub(crate) const SIGNATURES: &[(&str, &str)] = &[("workflow.wf", include_str!("workflow.wf"))];
