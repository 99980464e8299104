//! Codes of triggers and nodes, 05xx.

codes! {
    UNKNOWN_NODE = "WF0501" Error "unknown node";
}
