//! Codes of triggers and nodes, 05xx.

codes! {
    UNKNOWN_NODE = "WF0501" Error "unknown node";
    NODE_TYPE = "WF0502" Error "wrong type argument of a node";
    UNKNOWN_INPUT = "WF0503" Error "unknown input";
    MISSING_INPUT = "WF0504" Error "missing input";
    NO_TRIGGER = "WF0505" Error "workflow without a trigger";
    BAD_WEBHOOK = "WF0506" Error "wrong webhook";
    BAD_CRON = "WF0507" Error "wrong cron text";
    BAD_ZONE = "WF0508" Error "unknown time zone";
    NOT_CALLABLE = "WF0509" Error "workflow that can't be called";
    NEEDS_RESULT = "WF0510" Error "recursive workflow without a result type";
    ENTITY_ATTRIBUTE = "WF0511" Error "wrong attribute of an entity";
    BORDER_TYPE = "WF0512" Error "type that can't come from outside";
    SIGNATURE = "WF0513" Error "signature in the wrong place";
    UNKNOWN_CODE = "WF0514" Error "code that a node never fails with";
    UNNAMED_TRIGGER = "WF0520" Error "trigger without a name among several";
    TRIGGER_APART = "WF0521" Error "trigger that was not taken apart";
    TRIGGER_MATCH = "WF0522" Error "wrong match of the trigger";
    UNKNOWN_TRIGGER = "WF0523" Error "no such trigger";
}
