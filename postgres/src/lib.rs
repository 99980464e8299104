//! Entities in PostgreSQL: a store for wf.
//!
//! | | |
//! | --- | --- |
//! | [`PostgresStore`] | keeps entities in the tables of one database |

mod cells;
mod connect;
mod failure;
mod session;
mod store;

pub use store::PostgresStore;
