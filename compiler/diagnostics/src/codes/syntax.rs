//! Codes of syntax errors, 00xx.

codes! {
    EXPECTED = "WF0001" Error "something else was expected here";
    UNTERMINATED_STRING = "WF0002" Error "a string or a template that is never closed";
    UNTERMINATED_COMMENT = "WF0003" Error "a comment that is never closed";
    BAD_CHARACTER = "WF0004" Error "a character that can't stand here";
    INVISIBLE_CHARACTER = "WF0005" Error "an invisible control character";
    UNCLOSED_BRACKET = "WF0006" Error "a bracket that is never closed";
    UNOPENED_BRACKET = "WF0007" Error "a bracket that closes nothing";
    TOO_DEEP = "WF0008" Error "nested too deeply, too long or too large";
    NOT_UTF8 = "WF0009" Error "the file is not UTF-8";
    BAD_NUMBER = "WF0010" Error "a number or duration that is none";
    BAD_ESCAPE = "WF0011" Error "an unknown escape in a string";
    RESERVED_WORD = "WF0012" Error "a reserved word as a name";
    FOREIGN_OPERATOR = "WF0013" Error "an operator of another language";
    FOREIGN_QUOTES = "WF0014" Error "a string in single quotes";
    FOREIGN_WORD = "WF0015" Error "a word of another language";
    DOLLAR_NAME = "WF0016" Error "a name with a dollar";
    ASSIGN_FOR_EQUALS = "WF0018" Error "`=` in the place of `==`";
    WRONG_ARROW = "WF0019" Error "`=>` and `->` mixed up";
    MISSING_COMMA = "WF0020" Error "a missing comma";
    EXTRA_COMMA = "WF0021" Error "a comma too many";
    TEMPLATE_OUTSIDE = "WF0022" Error "`{{ }}` outside of a string";
    STRAY_ELSE = "WF0023" Error "`else`, `catch` or `finally` on its own";
    TERNARY = "WF0024" Error "`a ? b : c`";
    CHAINED_COMPARISON = "WF0025" Error "comparisons or ranges in a chain";
    MIXED_PIPE = "WF0026" Error "a pipe among other operators";
    MISSING_NAME = "WF0027" Error "a statement without the name or limit that it needs";
    NEW_LINE = "WF0028" Error "a line that begins with `-`, `(`, `[` or `...`";
    NO_STATEMENT = "WF0029" Error "an expression or a node as a statement";
    NO_ITEM = "WF0030" Error "something between the items of a file";
    BAD_TRIGGER = "WF0031" Error "a trigger that is none";
    CAST = "WF0032" Error "a cast without `?`";
    FIELD = "WF0033" Error "a field without its colon";
    STEP_FORM = "WF0034" Error "a step or `let` in the form of another tool";
    LOOP_FORM = "WF0035" Error "a loop in the form of another language";
    YAML = "WF0036" Error "lines of YAML";
    BLOCK_FORM = "WF0037" Error "a block without its braces, or with too much around it";
    FILTER_FORM = "WF0038" Error "a filter with a colon";
    TYPE_FORM = "WF0039" Error "a type in the form of another language";
    NUMBER_COMMA = "WF0040" Error "a comma in a number";
    TAG = "WF0041" Error "a tag of a template language";
    STRING_PREFIX = "WF0042" Error "a string with a letter in front of it";
    NAME_FORM = "WF0043" Error "a name in quotes or with a dash";
    HEADER = "WF0044" Error "parameters in the header of a workflow";
    COMPREHENSION = "WF0045" Error "a list comprehension";
    LAMBDA_FORM = "WF0046" Error "a lambda in the form of another language";
}
