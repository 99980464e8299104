//! Codes of warnings, 09xx.

codes! {
    UNUSED_STEP = "WF0901" Warning "unused step";
    UNUSED_VARIABLE = "WF0902" Warning "unused variable";
    UNUSED_LET = "WF0903" Warning "unused local";
    UNREACHABLE = "WF0904" Warning "unreachable code";
    CONSTANT_CONDITION = "WF0905" Warning "condition that is always the same";
    BAD_ALLOW = "WF0906" Warning "note that allows nothing";
    OWN_TRIGGER = "WF0907" Warning "workflow that writes what starts it";
    FOREIGN_TEMPLATE = "WF0908" Warning "a template of another language in a string";
    SCHEMA_UNTYPED = "WF0910" Warning "part of a schema that has no type";
    UNUSED_IMPORT = "WF0915" Warning "unused name of another file";
    NEVER_FIRES = "WF0916" Warning "schedule that never fires";
    CLOCK_CHANGE = "WF0917" Warning "schedule at a time that some days do not have";
    REPEATED_CHOICE = "WF0918" Warning "choice that stands twice";
    WRITTEN_SECRET = "WF0919" Warning "secret that is written in the program";
    NEVER_COMMITTED = "WF0960" Warning "transaction that is never committed";
}
