//! Codes of files and imports, 06xx.

codes! {
    FILE_NOT_FOUND = "WF0601" Error "file not found";
    NOT_IN_FILE = "WF0602" Error "name that a used file does not have";
    BAD_SCHEMA = "WF0610" Error "schema file that is no schema";
    SCHEMA_POINTER = "WF0611" Error "pointer that a schema file does not have";
    SCHEMA_REFERENCE = "WF0612" Error "reference of a schema that leads nowhere";
}
