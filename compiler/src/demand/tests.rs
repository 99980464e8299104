//! What programs demand of their borders.
