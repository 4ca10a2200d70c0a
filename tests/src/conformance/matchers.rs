//! Expected values and the matchers that may take their place.
//!
//! `$json`, `$scopes`, `$var`, `$base64url_sha256_of`, `$jwt`, `$base64url`, `$uuid`, `$any`, `$now_plus`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

use super::jwt;

/// What is known while a vector is replayed: bound variables and the time.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings {
    vars: BTreeMap<String, String>,
    /// Hashes of variables that are bound later in the step.
    promised: Vec<(String, String)>,
    pub(super) now: u64,
    /// An assertion that was signed in another way than the recorded one.
    pub(super) resigned: Option<String>,
}

/// Why a value does not match.
pub(super) type Mismatch = String;

impl Bindings {
    /// Whether `actual` is what `expected` stands for. Binds variables.
    pub(super) fn check(&mut self, expected: &Value, actual: &Value) -> Result<(), Mismatch> {
        match expected {
            Value::Object(members) => match matcher(members) {
                Some((name, argument)) => self.matcher(name, argument, actual),
                None => self.members(members, actual),
            },
            Value::Array(items) => match actual {
                Value::Array(actual) if actual.len() == items.len() => {
                    items.iter().zip(actual).try_for_each(|(expected, actual)| self.check(expected, actual))
                }
                _ => Err(differ(expected, actual)),
            },
            _ if expected == actual => Ok(()),
            _ => Err(differ(expected, actual)),
        }
    }

    /// Exactly these members.
    pub(super) fn members(&mut self, members: &Map<String, Value>, actual: &Value) -> Result<(), Mismatch> {
        let Value::Object(found) = actual else { return Err(format!("an object is expected, got {actual}")) };
        for (name, expected) in members {
            let actual = found.get(name).ok_or_else(|| format!("`{name}` is missing"))?;
            self.check(expected, actual).map_err(|problem| format!("`{name}`: {problem}"))?;
        }
        match found.keys().find(|name| !members.contains_key(*name)) {
            Some(name) => Err(format!("`{name}` is too much")),
            None => Ok(()),
        }
    }

    fn matcher(&mut self, name: &str, argument: &Value, actual: &Value) -> Result<(), Mismatch> {
        let text = actual.as_str();
        let needs_text = || text.ok_or_else(|| format!("${name} needs text, got {actual}"));
        let (fits, hint) = match name {
            "any" => (true, String::new()),
            "json" => {
                let json = serde_json::from_str(needs_text()?).map_err(|_| format!("not JSON: {actual}"))?;
                return self.check(argument, &json);
            }
            "scopes" => {
                let sorted = |mut scopes: Vec<String>| {
                    scopes.sort();
                    scopes
                };
                let found = needs_text()?.split(' ').map(str::to_owned).collect();
                (sorted(found) == sorted(super::vector::texts(argument)), format!("scopes {argument}"))
            }
            "var" => return self.variable(argument.as_str().unwrap_or_default(), needs_text()?),
            "base64url_sha256_of" => {
                let variable = argument["$var"].as_str().unwrap_or_default();
                self.promised.push((variable.to_owned(), needs_text()?.to_owned()));
                (true, String::new())
            }
            "base64url" => {
                let bare = |text: &str| text.trim_end_matches('=').to_owned();
                (bare(needs_text()?) == bare(argument.as_str().unwrap_or_default()), argument.to_string())
            }
            "uuid" => (is_uuid(needs_text()?), "a UUID".into()),
            "now_plus" => {
                let due = argument.as_i64().and_then(|plus| self.now.checked_add_signed(plus));
                (due.is_some() && actual.as_u64() == due, format!("the time plus {argument}, {due:?}"))
            }
            "jwt" => return jwt::check(self, argument, needs_text()?),
            _ => (false, format!("the matcher ${name} is not known")),
        };
        if fits { Ok(()) } else { Err(format!("expected {hint}, got {actual}")) }
    }

    fn variable(&mut self, name: &str, actual: &str) -> Result<(), Mismatch> {
        let bound = self.vars.entry(name.to_owned()).or_insert_with(|| actual.to_owned());
        if bound == actual { Ok(()) } else { Err(format!("${name} was {bound} before, got {actual}")) }
    }

    /// Checks the hashes whose variables the step should have bound by now.
    pub(super) fn settle(&mut self) -> Result<(), Mismatch> {
        for (variable, hash) in std::mem::take(&mut self.promised) {
            // Where the call ended before the variable was shown, all that can be said is that this is some hash.
            let Some(value) = self.vars.get(&variable) else {
                let is_hash = URL_SAFE_NO_PAD.decode(&hash).is_ok_and(|bytes| bytes.len() == 32);
                if is_hash {
                    continue;
                }
                return Err(format!("{hash} is not an unpadded base64url SHA-256"));
            };
            if URL_SAFE_NO_PAD.encode(digest(&SHA256, value.as_bytes())) != hash {
                return Err(format!("{hash} is not the SHA-256 of ${variable}, {value}"));
            }
        }
        Ok(())
    }

    /// The value to serve: variables inserted, id tokens minted.
    pub(super) fn fill(&self, value: &Value) -> Result<Value, Mismatch> {
        Ok(match value {
            Value::Object(members) => match matcher(members) {
                Some(("var", name)) => {
                    let name = name.as_str().unwrap_or_default();
                    let bound = self.vars.get(name).ok_or_else(|| format!("${name} is not bound yet"))?;
                    Value::String(bound.clone())
                }
                Some(("id_token", claims)) => Value::String(jwt::unsigned(&self.fill(claims)?)),
                Some((name, _)) => return Err(format!("${name} cannot be served")),
                None => {
                    let filled = members.iter().map(|(name, value)| Ok((name.clone(), self.fill(value)?)));
                    Value::Object(filled.collect::<Result<_, Mismatch>>()?)
                }
            },
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        })
    }
}

/// The name without `$`, and the argument, of an object that is a matcher.
pub(super) fn matcher(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next()?;
    if members.len() == 1 { Some((name.strip_prefix('$')?, argument)) } else { None }
}

fn differ(expected: &Value, actual: &Value) -> Mismatch {
    format!("expected {expected}, got {actual}")
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(index, c)| match index {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(expected: &Value, actual: &Value) -> bool {
        Bindings { now: 100, ..Bindings::default() }.check(expected, actual).is_ok()
    }

    #[test]
    fn each_matcher_tells_right_from_wrong() {
        let uuid = "ffffffff-ffff-4fff-bfff-ffffffffffff";
        for (expected, right, wrong) in [
            (json!({"$json": {"a": 1}}), json!("{ \"a\":1}"), json!("{\"a\":1,\"b\":2}")),
            (json!({"$scopes": ["a", "b"]}), json!("b a"), json!("a a b")),
            (json!({"$base64url": "YQ"}), json!("YQ=="), json!("YR")),
            (json!({"$uuid": true}), json!(uuid), json!("ffffffff-ffff-4fff-bfff-fffffffffff")),
            (json!({"$now_plus": 600}), json!(700), json!("700")),
            (json!({"$now_plus": 0}), json!(100), json!(101)),
            (json!({"a": [1, {"$any": true}]}), json!({"a": [1, null]}), json!({"a": [2, null]})),
            (json!({"$no_such": 1}).as_object().map_or(json!(0), |_| json!(0)), json!(0), json!(1)),
        ] {
            assert!(matches(&expected, &right), "{expected} {right}");
            assert!(!matches(&expected, &wrong), "{expected} {wrong}");
        }
        assert!(!matches(&json!({"$no_such": 1}), &json!(1)));
    }

    #[test]
    fn variables_keep_their_value_and_hashes_are_settled() {
        let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, b"v"));
        let mut bindings = Bindings::default();
        let promise = json!({"$base64url_sha256_of": {"$var": "x"}});
        assert!(bindings.check(&promise, &json!(hash)).is_ok());
        assert!(bindings.clone().settle().is_ok());
        assert!(bindings.check(&json!({"$var": "x"}), &json!("v")).is_ok());
        assert!(bindings.check(&json!({"$var": "x"}), &json!("w")).is_err());
        assert_eq!(bindings.fill(&json!([{"$var": "x"}])), Ok(json!(["v"])));
        assert!(bindings.clone().settle().is_ok());
        assert!(bindings.check(&promise, &json!("other")).is_ok());
        assert!(bindings.settle().is_err());
        let mut never_shown = Bindings::default();
        assert!(never_shown.check(&promise, &json!("plain")).is_ok());
        assert!(never_shown.settle().is_err());
    }
}
