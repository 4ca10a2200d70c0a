//! Addresses as people may see them: in errors and logs.

use http::Uri;

/// An address without query, and without user name and password, for people.
pub fn place(uri: &Uri) -> String {
    let authority = uri.authority().map_or("?", |authority| authority.as_str());
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{}://{host}{}", uri.scheme_str().unwrap_or("?"), uri.path())
}

/// What may be shown of a text that was to be an address and is none: `***` in place of all that may be user name and
/// password.
pub fn without_user(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, shown)) => format!("***@{shown}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_and_passwords_are_hidden_however_they_are_written() {
        for (address, shown) in [
            ("https://host/?a=b", "https://host/?a=b"),
            ("https://me:hunter2@host/x", "***@host/x"),
            (" HTTP://me:hun@ter2@host", "***@host"),
            ("me:hunter2@host", "***@host"),
            ("hunter2://hunter2@host", "***@host"),
            ("https://me:hunter2?x@host", "***@host"),
            ("https://me:hunter2#/x@host", "***@host"),
        ] {
            assert_eq!(without_user(address), shown);
        }
    }
}
