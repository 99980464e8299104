//! Codes of texts in files of their own, 076x.

codes! {
    TEXT_FILE = "WF0760" Error "text whose file can't be used";
    TEXT_SYNTAX = "WF0761" Error "text whose expression is not closed";
    TEXT_VALUES = "WF0762" Error "value that a text is not given";
}
