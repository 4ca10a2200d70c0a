//! The vector runner catches what it must: a runner that cannot fail proves nothing.

mod departures;
mod failures;
mod vectors;
