//! Everything about Microsoft Entra credentials that can be decided without touching the world.

pub mod authority;
pub mod claims;
pub mod client;
pub mod describe;
pub mod effect;
mod env;
mod error;
pub mod moment;
pub mod oauth;
mod request;
pub mod retry;
pub mod scope;
mod secret;
pub mod source;
mod step;
pub mod tenant;
mod token;

pub use authority::Authority;
pub use client::ClientOptions;
pub use describe::Identity;
pub use env::{Env, Platform};
pub use error::{Error, ErrorKind, Result, ServiceError};
pub use moment::Moment;
pub use request::TokenRequest;
pub use retry::Retry;
pub use secret::Secret;
pub use source::{ClientSecret, Source};
pub use step::{Pause, Step, Then, Work};
pub use token::{AccessToken, Grant};
