//! A small blocking HTTP/1.1 server on loopback, plain or TLS: threads, no runtime, ends when it is dropped.

mod certificates;
mod connection;
mod listener;
mod request;
mod response;
mod stop;

pub(super) use certificates::Certificates;
pub(super) use listener::{Bound, Server};
pub(super) use request::{Pairs, Request, encode_form};
pub(super) use response::{Outcome, Response};
pub(super) use stop::Stop;

/// What a server does with a request that it has read completely.
pub(super) type Handler = dyn Fn(Request) -> Outcome + Send + Sync;
