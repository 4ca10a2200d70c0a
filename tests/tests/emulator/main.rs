//! The emulator as a client sees it: each refusal's AADSTS code, each fault, each document.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test, in helpers too")]

mod assertions;
mod authorization_codes;
mod build_systems;
mod client;
mod configuration;
mod description;
mod device_codes;
mod discovery;
mod faults;
mod lifecycle;
mod managed_identity;
mod people;
mod secrets;
