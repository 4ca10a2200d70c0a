//! The members of a token answer that count, taken from its text as they come; the others are dropped at once.

use std::fmt;

use serde_core::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// Members that are text, in the order of [`Members::texts`].
const TEXTS: [&str; 7] =
    ["access_token", "refresh_token", "id_token", "client_info", "scope", "foci", "token_type"];

/// Members that are times, in the order of [`Members::times`].
const TIMES: [&str; 3] = ["expires_on", "expires_in", "refresh_in"];

/// A JSON object that may be a token answer. Of members that come twice the last counts.
#[derive(Default)]
pub(super) struct Members {
    /// Whether there is an `error`, whatever it is.
    pub(super) has_error: bool,
    /// Those that are there and not empty.
    pub(super) texts: [Option<String>; TEXTS.len()],
    pub(super) times: [Option<Value>; TIMES.len()],
}

enum Name {
    Text(usize),
    Time(usize),
    Error,
    Other,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfMembers)
    }
}

struct OfMembers;

impl<'de> Visitor<'de> for OfMembers {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key()? {
            match name {
                Name::Text(index) => {
                    members.texts[index] = match map.next_value()? {
                        Value::String(text) if !text.is_empty() => Some(text),
                        _ => None,
                    };
                }
                Name::Time(index) => members.times[index] = Some(map.next_value()?),
                Name::Error | Name::Other => {
                    members.has_error |= matches!(name, Name::Error);
                    map.next_value::<Value>()?;
                }
            }
        }
        Ok(members)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(OfName)
    }
}

struct OfName;

impl Visitor<'_> for OfName {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
        let place = |names: &[&str]| names.iter().position(|known| *known == name);
        Ok(match (place(&TEXTS), place(&TIMES)) {
            (Some(index), _) => Name::Text(index),
            (_, Some(index)) => Name::Time(index),
            _ if name == "error" => Name::Error,
            _ => Name::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Members> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn the_last_of_two_members_counts_whatever_it_is() {
        let token = |text: &str| read(text).unwrap().texts[0].take();
        assert_eq!(token(r#"{"access_token":"a","other":[{}],"access_token":"b"}"#).as_deref(), Some("b"));
        assert_eq!(token(r#"{"access_token":"a","access_token":5}"#), None);
        assert_eq!(token(r#"{"access_token":""}"#), None);
        // Names may be escaped.
        assert_eq!(token(r#"{"access\u005ftoken":"a"}"#).as_deref(), Some("a"));
    }

    #[test]
    fn an_error_is_one_whatever_it_is() {
        assert!(read(r#"{"access_token":"a","error":null}"#).unwrap().has_error);
        assert!(!read("{}").unwrap().has_error);
    }

    #[test]
    fn what_is_no_object_or_goes_on_is_no_answer() {
        for text in ["", "[]", "\"a\"", "{} {}", r#"{"access_token":"a""#] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
