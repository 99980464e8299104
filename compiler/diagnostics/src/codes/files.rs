//! Codes of files and imports, 06xx.

codes! {
    FILE_NOT_FOUND = "WF0601" Error "file not found";
    NOT_IN_FILE = "WF0602" Error "name that a used file does not have";
}
