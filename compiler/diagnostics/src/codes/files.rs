//! Codes of files and imports, 06xx.

codes! {
    FILE_NOT_FOUND = "WF0601" Error "file not found";
}
