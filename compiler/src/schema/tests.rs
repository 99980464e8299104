//! Tests of single schemas: JSON in, a type out.
