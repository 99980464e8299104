//! Codes of names that are unknown or taken, 01xx.

codes! {
    UNKNOWN_NAME = "WF0101" Error "unknown name";
    UNKNOWN_TYPE = "WF0102" Error "unknown type";
    UNKNOWN_FUNCTION = "WF0103" Error "unknown function";
    UNKNOWN_WORKFLOW = "WF0104" Error "unknown workflow";
    UNKNOWN_ENTITY = "WF0105" Error "unknown entity";
    DUPLICATE_NAME = "WF0106" Error "name declared twice";
    NAME_HIDDEN = "WF0107" Error "name hides another one";
    RESERVED_NAME = "WF0108" Error "name of a part of the data store";
    INFINITE_TYPE = "WF0109" Error "type without end";
}
