//! The options of a credential in a vector, by their Python names.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity_core::{ClientOptions, Retry};
use serde_json::{Map, Value};

/// Options that remember which of them were read: one that nobody reads makes the vector unsupported, as ignoring it
/// would test something else.
#[derive(Debug)]
pub(super) struct Options<'a> {
    values: &'a Map<String, Value>,
    read: RefCell<BTreeSet<String>>,
}

#[allow(dead_code, reason = "not every mapper needs every kind of option")]
impl<'a> Options<'a> {
    pub(super) fn new(values: &'a Map<String, Value>) -> Self {
        Self { values, read: RefCell::default() }
    }

    /// The option as it stands; `null` counts as absent.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.read.borrow_mut().insert(name.to_owned());
        self.values.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.value(name)?.as_str()
    }

    /// A text that the reference requires; absent counts as empty.
    pub(super) fn required(&self, name: &str) -> &'a str {
        self.text(name).unwrap_or_default()
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.value(name).map(super::vector::texts).unwrap_or_default()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.value(name)?.as_f64()
    }

    /// Bytes: `{"$base64": ...}`, or a text.
    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let value = self.value(name)?;
        match value["$base64"].as_str() {
            Some(text) => STANDARD.decode(text).ok(),
            None => value.as_str().map(|text| text.as_bytes().to_vec()),
        }
    }

    /// A function: `{"$func": {"returns": [...]}}`.
    pub(super) fn function(&self, name: &str) -> Option<Function> {
        let returns = self.value(name)?["$func"]["returns"].as_array()?;
        Some(Function(Arc::new(Mutex::new(returns.iter().cloned().collect()))))
    }

    /// Authority, further tenants and retries: what every credential with a token endpoint takes.
    pub(super) fn client(&self) -> ClientOptions {
        let mut options = ClientOptions::new();
        if let Some(authority) = self.text("authority") {
            options = options.with_authority(authority);
        }
        for tenant in self.list("additionally_allowed_tenants") {
            options = options.allow_tenant(tenant);
        }
        // There is no discovery that could be disabled, and nothing that logs who somebody is.
        for without_effect in
            ["disable_instance_discovery", "enable_support_logging", "logging_enable", "user_agent"]
        {
            self.value(without_effect);
        }
        options.with_retry(self.retry(Retry::default()))
    }

    /// The retry policy with what is changed of it.
    pub(super) fn retry(&self, mut retry: Retry) -> Retry {
        let whole = |name| u32::try_from(self.value(name)?.as_u64()?).ok();
        let seconds = |name| Duration::try_from_secs_f64(self.number(name)?).ok();
        for (count, name) in [
            (&mut retry.total, "retry_total"),
            (&mut retry.connect, "retry_connect"),
            (&mut retry.read, "retry_read"),
            (&mut retry.status, "retry_status"),
        ] {
            *count = whole(name).unwrap_or(*count);
        }
        retry.backoff = seconds("retry_backoff_factor").unwrap_or(retry.backoff);
        retry.longest_delay = seconds("retry_backoff_max").unwrap_or(retry.longest_delay);
        retry
    }

    /// An option that nobody has read.
    pub(super) fn unread(&self) -> Option<&'a str> {
        let read = self.read.borrow();
        self.values
            .iter()
            .find(|(name, value)| !value.is_null() && !read.contains(*name))
            .map(|(name, _)| name.as_str())
    }
}

/// A function whose calls return the values in turn, the last one for ever.
#[derive(Clone, Debug)]
#[allow(dead_code, reason = "for credentials that call functions of the application")]
pub(super) struct Function(Arc<Mutex<VecDeque<Value>>>);

#[allow(dead_code, reason = "for credentials that call functions of the application")]
impl Function {
    /// The next value, or the text of the failure.
    pub(super) fn call(&self) -> Result<String, String> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if values.len() > 1 { values.pop_front() } else { values.front().cloned() };
        let next = next.unwrap_or_default();
        match next["$raise"].as_str() {
            Some(text) => Err(text.to_owned()),
            None => Ok(next.as_str().unwrap_or_default().to_owned()),
        }
    }
}
