//! The record of requests, for assertions on what a client sent.

use super::server::{Pairs, Request};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// So many requests are remembered; older ones are only counted.
const REMEMBERED: usize = 10_000;

/// Form fields, query parameters and headers whose values are never shown.
const SECRET: &[&str] = &[
    "client_secret",
    "client_assertion",
    "assertion",
    "code",
    "code_verifier",
    "device_code",
    "password",
    "refresh_token",
    "authorization",
    "secret",
    "x-identity-header",
];

/// A request that the emulator received. `Debug` shows neither secrets nor tokens; the accessors do.
#[derive(Clone)]
pub struct RecordedRequest {
    method: String,
    path: String,
    query: Pairs,
    headers: Pairs,
    form: Pairs,
    token_request: bool,
}

impl RecordedRequest {
    /// The method, in upper case.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The first query parameter of that name.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, |n| n == name)
    }

    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, |n| n.eq_ignore_ascii_case(name))
    }

    /// The first form field of that name.
    #[must_use]
    pub fn form(&self, name: &str) -> Option<&str> {
        find(&self.form, |n| n == name)
    }

    /// What of it nobody else may ever see: secrets, passwords, codes, tokens, keys, in the order in which they came.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let pairs = self.headers.iter().chain(&self.query).chain(&self.form);
        let secret = pairs.filter(|(name, _)| SECRET.contains(&name.to_ascii_lowercase().as_str()));
        secret
            .map(|(_, value)| value.strip_prefix("Bearer ").or(value.strip_prefix("Basic ")).unwrap_or(value))
    }

    /// Whether it asked for a token: at the token endpoint or from a managed identity.
    #[must_use]
    pub fn is_token_request(&self) -> bool {
        self.token_request
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &Redacted(&self.query))
            .field("headers", &Redacted(&self.headers))
            .field("form", &Redacted(&self.form))
            .finish_non_exhaustive()
    }
}

struct Redacted<'a>(&'a Pairs);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.iter().map(|(name, value)| {
                let secret = SECRET.contains(&name.to_ascii_lowercase().as_str());
                (name, if secret { "REDACTED" } else { value.as_str() })
            }))
            .finish()
    }
}

/// What was received so far.
#[derive(Default)]
pub(super) struct Log(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    requests: VecDeque<RecordedRequest>,
    total: u64,
    tokens: u64,
}

impl Log {
    pub(super) fn add(&self, request: &Request, token_request: bool) {
        let recorded = RecordedRequest {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            form: request.form(),
            token_request,
        };
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.total += 1;
        entries.tokens += u64::from(token_request);
        if entries.requests.len() == REMEMBERED {
            entries.requests.pop_front();
        }
        entries.requests.push_back(recorded);
    }

    pub(super) fn all(&self) -> Vec<RecordedRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).requests.iter().cloned().collect()
    }

    /// Requests of any kind, and token requests.
    pub(super) fn counts(&self) -> (u64, u64) {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (entries.total, entries.tokens)
    }

    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Entries::default();
    }
}

fn find(pairs: &Pairs, wanted: impl Fn(&str) -> bool) -> Option<&str> {
    pairs.iter().find(|(name, _)| wanted(name)).map(|(_, value)| value.as_str())
}
