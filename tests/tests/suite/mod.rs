//! The behaviours, one per file. Each file takes `flavour`, `flavour_test`, `identity` and `doubles` from `super`.

use super::doubles;
use super::flavour;
use super::flavour_test;
use super::identity;

mod assertions;
mod bad_answers;
mod bad_input;
mod caching;
mod callbacks;
mod certificates;
mod chain;
mod claims;
mod close;
mod deadline;
mod default_chain;
#[cfg(unix)]
mod developer_tools;
mod expected_identity;
mod explained;
mod files;
mod fixture;
mod home;
mod invalidation;
mod managed_identity;
mod one_person;
mod own_store;
mod people;
mod pinning;
mod refresh;
mod retry;
#[cfg(unix)]
mod sandbox;
mod sign_out;
mod single_flight;
mod surface;
mod tenants;
mod transport;
mod workload_identity;

use fixture::{Fixture, STORAGE, VAULT};
use home::Home;
