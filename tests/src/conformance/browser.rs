//! What a browser does in a recording: ports that are tried, the address that is opened, the form that comes back.

use std::collections::VecDeque;
use std::io;

use http::Uri;
use serde_json::Value;

use super::matchers::Bindings;
use super::request;

/// The browser of one call. Every method says what differed as text in the error's place.
#[derive(Clone, Debug, Default)]
pub(super) struct Browser {
    listen: VecDeque<Value>,
    open: Option<Value>,
    /// `null`: nothing comes before the timeout.
    redirect: Option<Value>,
}

/// An answer of the recording, or what is different from it.
pub(super) type Answer<T> = Result<io::Result<T>, String>;

impl Browser {
    pub(super) fn new(recorded: Option<&Value>) -> Self {
        let Some(recorded) = recorded else { return Self::default() };
        Self {
            listen: recorded["listen"].as_array().cloned().unwrap_or_default().into(),
            open: recorded.get("open").cloned(),
            redirect: recorded.get("redirect").cloned(),
        }
    }

    /// A port is tried.
    pub(super) fn listen(&mut self, port: u16) -> Answer<()> {
        let attempt = self.listen.pop_front().ok_or_else(|| format!("listening on port {port}"))?;
        if attempt["port"] != port {
            return Err(format!("listening on port {port} in place of {}", attempt["port"]));
        }
        let in_use = attempt["error"] == "in_use";
        Ok(if in_use { Err(io::ErrorKind::AddrInUse.into()) } else { Ok(()) })
    }

    /// An address is opened. Binds variables.
    pub(super) fn open(&mut self, bindings: &mut Bindings, url: &str) -> Answer<()> {
        let recorded = self.open.take().ok_or_else(|| format!("opening {url}"))?;
        let uri: Uri = url.parse().map_err(|_| format!("opening {url}, which is no URL"))?;
        request::check_address(bindings, &recorded, &uri)?;
        let cannot = recorded["error"] == "cannot_open";
        Ok(if cannot { Err(io::ErrorKind::NotFound.into()) } else { Ok(()) })
    }

    /// The form that the browser posts; `None` if nothing comes in time.
    pub(super) fn redirect(&mut self, bindings: &Bindings) -> Answer<Option<Vec<(String, String)>>> {
        let recorded = self.redirect.take().ok_or("waiting for a redirect")?;
        let form = bindings.fill(&recorded["form"])?;
        let pairs = |form: &serde_json::Map<String, Value>| {
            form.iter()
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect()
        };
        Ok(Ok(form.as_object().map(pairs)))
    }

    /// What the recording has and did not happen.
    pub(super) fn left(&self) -> Option<String> {
        if let Some(attempt) = self.listen.front() {
            return Some(format!("listening on port {}", attempt["port"]));
        }
        if let Some(open) = &self.open {
            return Some(format!("opening {}", open["url"]));
        }
        self.redirect.is_some().then(|| "waiting for a redirect".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_browser_follows_its_recording_only() {
        let recorded = json!({
            "listen": [{"host": "localhost", "port": 1, "error": "in_use"}, {"host": "localhost", "port": 2}],
            "open": {"url": "https://a.example/authorize", "query": {"state": {"$var": "state"}}},
            "redirect": {"method": "POST", "form": {"state": {"$var": "state"}}},
        });
        let (mut browser, mut bindings) = (Browser::new(Some(&recorded)), Bindings::default());
        assert_eq!(browser.listen(1).unwrap().unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert!(browser.clone().listen(3).is_err());
        assert!(browser.listen(2).unwrap().is_ok());
        assert!(browser.clone().open(&mut bindings, "https://b.example/authorize?state=s").is_err());
        assert!(browser.clone().open(&mut bindings, "https://a.example/authorize").is_err());
        assert!(browser.left().unwrap().contains("a.example"));
        assert!(browser.open(&mut bindings, "https://a.example/authorize?state=s").unwrap().is_ok());
        let form = browser.redirect(&bindings).unwrap().unwrap();
        assert_eq!(form, Some(vec![("state".to_owned(), "s".to_owned())]));
        assert_eq!(browser.left(), None);
        assert!(Browser::new(None).redirect(&bindings).is_err());
    }
}
