//! Time zones by name, from the tables that come with the program.

use jiff::tz::TimeZone;

/// The zone of this name in the IANA database, written just so. The tables are those of the program,
/// not of the system: the same name means the same everywhere.
pub fn zone(name: &str) -> Option<TimeZone> {
    zone_names().find(|known| known == name)?;
    TimeZone::get(name).ok()
}

/// The names of all zones, in the order of the alphabet.
pub fn zone_names() -> impl Iterator<Item = String> {
    jiff::tz::db().available().map(|zone| zone.as_str().to_owned())
}
