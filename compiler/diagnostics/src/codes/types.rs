//! Codes of types that do not fit, 02xx.

codes! {
    TYPE_MISMATCH = "WF0201" Error "type mismatch";
    UNKNOWN_FIELD = "WF0202" Error "unknown field";
    MISSING_FIELD = "WF0203" Error "missing field";
    POSSIBLY_NULL = "WF0204" Error "value may be null";
    BAD_OPERANDS = "WF0205" Error "operator does not work on these types";
    IMPOSSIBLE_COMPARISON = "WF0206" Error "comparison that can never be true";
    NOT_BOOL = "WF0207" Error "condition that is no bool";
    WRONG_ARGUMENTS = "WF0208" Error "wrong number of arguments";
    NO_METHODS = "WF0209" Error "values have no methods";
    TYPE_UNKNOWN = "WF0210" Error "type that can't be inferred";
    NO_COMMON_TYPE = "WF0211" Error "values without a common type";
    NOT_EXHAUSTIVE = "WF0212" Error "match that leaves something out";
    BAD_PATTERN = "WF0213" Error "pattern that never fits";
    BAD_LAMBDA = "WF0214" Error "lambda in the wrong place";
    NOT_ASSIGNABLE = "WF0215" Error "something that can't be assigned";
    MISSING_RETURN = "WF0216" Error "path without a return";
    BOUND = "WF0217" Error "type that a function does not work on";
    TOO_DEEP = "WF0218" Error "too deep or too large";
    TYPE_ARGUMENTS = "WF0219" Error "wrong type arguments";
    NOT_CONSTANT = "WF0220" Error "something that must be known before a run";
    IMPURE = "WF0221" Error "function that is not pure";
    BAD_TEXT = "WF0222" Error "wrong regular expression, pattern of times, time zone or selector";
    OPAQUE_JSON = "WF0223" Error "json read without a name or an index";
    NUMBER_RANGE = "WF0224" Error "number out of range";
    MISPLACED = "WF0225" Error "statement in the wrong place";
    SECRET = "WF0226" Error "secret where it would be shown";
    FIELD_OF_SOME = "WF0230" Error "field of only some members of a union";
    HIDDEN_MEMBER = "WF0231" Error "member of a union that no JSON reaches";
    BAD_MEMBER = "WF0232" Error "something that can't be a member of a union";
    DECIMAL_MIXED = "WF0240" Error "decimal mixed with another number";
    BAD_FILTER = "WF0245" Error "filter on json that JSONPath does not have";
    BAD_JSONPATH = "WF0246" Error "text that is no JSONPath";
    NO_SELECTOR = "WF0247" Error "selector that a value does not take";
    NO_CURRENT = "WF0248" Error "`@` outside of a filter";
    GROWING_TYPE = "WF0255" Error "generic function that needs ever larger types";
    TOO_MANY_INSTANCES = "WF0256" Error "generic functions with too many types";
}
