//! Profiles of small workflows: times add up, and the trace is one.
