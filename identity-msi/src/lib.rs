//! Managed identity on every Azure host, sans-IO: what to ask of which endpoint, and what its answers mean.
//!
//! [`ManagedIdentity`] is the source; both flavours offer it as `ManagedIdentityCredential`. [`detect()`] says where a
//! program runs and why.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod app_service;
mod arc;
mod arc_key;
mod azure_ml;
mod cloud_shell;
mod date;
mod detect;
mod endpoint;
mod exchange;
mod identity;
mod imds;
mod managed_identity;
mod probe;
mod refusal;
mod response;
mod service_fabric;
mod settings;
mod wanted;
mod workload;

pub use detect::{AzureHost, Decision, decisive_file, detect};
pub use identity::UserAssigned;
pub use managed_identity::ManagedIdentity;
pub use refusal::Refusal;
