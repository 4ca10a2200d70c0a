//! Managed identity for every Azure host: sources that decide everything and touch nothing.
//!
//! The sources of this crate describe how a token is obtained from the metadata endpoint of a virtual machine, App
//! Service, Azure Arc and so on. They become credentials in `identity-blocking` and `identity-async` with the feature
//! `msi`.
