//! Addresses as people may see them: in errors and logs.

use http::Uri;

/// An address without query, and without user name and password, for people.
pub fn place(uri: &Uri) -> String {
    let authority = uri.authority().map_or("?", |authority| authority.as_str());
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{}://{host}{}", uri.scheme_str().unwrap_or("?"), uri.path())
}

/// What may be shown of a text that was to be an address and is none: `***` in place of user name and password, wherever
/// they may end.
pub fn without_user(address: &str) -> String {
    let Some((hidden, shown)) = address.rsplit_once('@') else { return address.to_owned() };
    let scheme = hidden.split_once("://").map(|(scheme, _)| scheme.trim());
    match scheme.filter(|scheme| matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https")) {
        Some(scheme) => format!("{scheme}://***@{shown}"),
        None => format!("***@{shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_and_passwords_are_hidden_however_they_are_written() {
        for (address, shown) in [
            ("https://host/?a=b", "https://host/?a=b"),
            ("https://me:hunter2@host/x", "https://***@host/x"),
            (" HTTP://me:hun@ter2@host", "HTTP://***@host"),
            ("me:hunter2@host", "***@host"),
            ("hunter2://hunter2@host", "***@host"),
            ("https://me:hunter2?x@host", "https://***@host"),
            ("https://me:hunter2#/x@host", "https://***@host"),
        ] {
            assert_eq!(without_user(address), shown);
        }
    }
}
