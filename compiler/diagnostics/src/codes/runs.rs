//! Codes of runs that failed, and of programs that can't be run, 07xx.

codes! {
    STEP_FAILED = "WF0701" Error "a step failed";
    BORDER_FAILED = "WF0702" Error "data did not fit its type";
    CALCULATION_FAILED = "WF0703" Error "a calculation failed";
    FAIL_REACHED = "WF0704" Error "the workflow failed by `fail`";
    LIMIT_REACHED = "WF0705" Error "a limit of the run was reached";
    CANCELLED = "WF0706" Error "the run was cancelled";
    INTERNAL = "WF0707" Error "the machine or the program is broken";
    BAD_TRIGGER = "WF0708" Error "the trigger does not fit the workflow";
    BAD_CONFIG = "WF0709" Error "the configuration does not fit the program";
    PROGRAM_TOO_LARGE = "WF0710" Error "the program is too large";
    UNKNOWN_WORKFLOW = "WF0711" Error "no such workflow";
    BAD_PROGRAM_FILE = "WF0712" Error "not a program file";
    MISSING_IMPLEMENTATION = "WF0713" Error "the host lacks a node or function";
    STORE_MISFIT = "WF0750" Error "the store does not fit the program";
    RECURSIVE_CONVERSION = "WF0790" Error "a recursive type can't be converted";
}
