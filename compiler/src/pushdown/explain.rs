//! What `wf check --explain-queries` tells.
