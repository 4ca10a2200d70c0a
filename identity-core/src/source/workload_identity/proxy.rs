//! The token proxy of AKS identity binding: its variables, its address, and the authorities it is trusted by.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use http::Uri;

use crate::effect::{FileRead, Outbound, Trust, without_user};
use crate::{Env, Error, Moment, Result, Step};

const ADDRESS: &str = "AZURE_KUBERNETES_TOKEN_PROXY";
const SERVER_NAME: &str = "AZURE_KUBERNETES_SNI_NAME";
const CA_FILE: &str = "AZURE_KUBERNETES_CA_FILE";
const CA_DATA: &str = "AZURE_KUBERNETES_CA_DATA";

/// The largest file of authorities that is read.
const LIMIT: usize = 1024 * 1024;

/// A proxy that takes token requests in Entra's place and knows the identity bindings of the cluster.
#[derive(Debug)]
pub(super) struct TokenProxy {
    /// Scheme, host, port and path, without a slash at the end.
    base: String,
    server_name: Option<Arc<str>>,
    authorities: Authorities,
}

#[derive(Debug)]
enum Authorities {
    System,
    Text(Arc<str>),
    /// The content as last read. What cannot be read while it is replaced leaves the old one in force.
    File(PathBuf, Mutex<Option<Arc<str>>>),
}

impl TokenProxy {
    /// The proxy that the variables describe; `None` if there is none.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) naming the variable.
    #[inline]
    pub(super) fn from_env(env: &Env) -> Result<Option<Self>> {
        let Some(address) = env.non_empty(ADDRESS) else {
            let others: Vec<&str> = [SERVER_NAME, CA_FILE, CA_DATA]
                .into_iter()
                .filter(|name| env.non_empty(name).is_some())
                .collect();
            if others.is_empty() {
                return Ok(None);
            }
            return Err(Error::invalid_argument(format!(
                "{ADDRESS} is not set but {} is: set all variables of the identity binding or none",
                others.join(" and ")
            )));
        };
        let authorities = match (env.non_empty(CA_FILE), env.non_empty(CA_DATA)) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid_argument(format!(
                    "{CA_FILE} and {CA_DATA} are both set: only one may be"
                )));
            }
            (Some(path), None) => Authorities::File(path.into(), Mutex::new(None)),
            (None, Some(text)) if is_pem(text) => Authorities::Text(text.into()),
            (None, Some(_)) => {
                return Err(Error::invalid_argument(format!(
                    "{CA_DATA} holds no certificate: it must be PEM, with -----BEGIN CERTIFICATE----- blocks"
                )));
            }
            (None, None) => Authorities::System,
        };
        let server_name = env.non_empty(SERVER_NAME).map(server_name).transpose()?;
        Ok(Some(Self { base: base(address)?, server_name, authorities }))
    }

    /// Makes sure that the authorities are known and current, and goes on.
    #[inline]
    pub(super) fn trusted(
        self: Arc<Self>,
        moment: &Moment,
        then: impl FnOnce(Moment, Result<()>) -> Step + Send + 'static,
    ) -> Step {
        let Authorities::File(path, _) = &self.authorities else { return then(moment.clone(), Ok(())) };
        let path = path.clone();
        Step::read(FileRead::new(&path, LIMIT), move |moment, content| {
            let Authorities::File(_, known) = &self.authorities else { return then(moment, Ok(())) };
            let text = content
                .map_err(|error| error.to_string())
                .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not text".to_owned()))
                .and_then(
                    |text| if is_pem(&text) { Ok(text) } else { Err("it holds no certificate".to_owned()) },
                );
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let result = match (text, &*known) {
                (Ok(text), Some(old)) if **old == *text => Ok(()),
                (Ok(text), _) => {
                    *known = Some(text.into());
                    Ok(())
                }
                (Err(problem), Some(_)) => {
                    log::warn!(
                        "the CA file {} cannot be used, the previous one stays in force: {problem}",
                        path.display()
                    );
                    Ok(())
                }
                (Err(problem), None) => Err(Error::invalid_argument(format!(
                    "the CA file {} ({CA_FILE}) cannot be used: {problem}",
                    path.display()
                ))
                .transient()),
            };
            drop(known);
            then(moment, result)
        })
    }

    /// The same request, to the proxy.
    #[inline]
    pub(super) fn route(&self, outbound: Outbound) -> Result<Outbound> {
        let mut outbound = outbound.direct();
        let rest =
            outbound.request.uri().path_and_query().map_or("", |rest| rest.as_str()).trim_start_matches('/');
        let url = format!("{}/{rest}", self.base);
        let bad = || Error::invalid_argument(format!("{ADDRESS} leads to {url:?}, which is not a URL"));
        *outbound.request.uri_mut() = url.parse().map_err(|_| bad())?;
        let pem = match &self.authorities {
            Authorities::System => None,
            Authorities::Text(text) => Some(text.clone()),
            Authorities::File(_, known) => known.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        if pem.is_none() && self.server_name.is_none() {
            return Ok(outbound);
        }
        Ok(outbound.with_trust(Trust::Authorities { pem, server_name: self.server_name.clone() }))
    }
}

/// An absolute https URL without the parts that a proxy's address cannot have.
#[inline]
fn base(text: &str) -> Result<String> {
    let shown = without_user(text);
    let bad = |why: &str| Error::invalid_argument(format!("{ADDRESS} is {shown:?}, which {why}"));
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
        _ => return Err(bad("must be an absolute URL with the scheme https")),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(bad("must not contain user info (a user name or password)"));
    }
    if text.contains('#') {
        return Err(bad("must not contain a fragment"));
    }
    if text.contains('?') {
        return Err(bad("must not contain a query"));
    }
    let uri: Uri = text.parse().map_err(|_| bad("is not a URL: an example is https://10.0.0.1:8443/path"))?;
    let after_host = authority.get(uri.host().unwrap_or_default().len()..).unwrap_or_default();
    if uri.host().is_none_or(str::is_empty) || (!after_host.is_empty() && uri.port_u16().is_none()) {
        return Err(bad("has no host or no valid port: an example is https://10.0.0.1:8443/path"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[inline]
fn server_name(text: &str) -> Result<Arc<str>> {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let is_address = text.split('.').all(|part| part.parse::<u8>().is_ok());
    if text.len() > 253 || is_address || !text.split('.').all(label) {
        return Err(Error::invalid_argument(format!("{SERVER_NAME} is {text:?}, which is not a DNS name")));
    }
    Ok(text.into())
}

/// Whether there is a certificate, and no block is cut short.
#[inline]
fn is_pem(text: &str) -> bool {
    let count = |line: &str| text.matches(line).count();
    let begun = count("-----BEGIN CERTIFICATE-----");
    begun > 0 && begun == count("-----END CERTIFICATE-----")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::ENTROPY;
    use http::Request;
    use std::io;
    use std::time::UNIX_EPOCH;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";

    fn proxy(more: &[(&str, &str)]) -> Result<Option<TokenProxy>> {
        TokenProxy::from_env(&more.iter().copied().collect())
    }

    fn routed(proxy: &TokenProxy) -> Outbound {
        let request = Request::post("https://login.example/t/oauth2/v2.0/token").body(Vec::new()).unwrap();
        proxy.route(Outbound::new(request)).unwrap()
    }

    #[test]
    fn the_path_is_appended_and_the_name_travels_with_the_request() {
        let proxy =
            proxy(&[(ADDRESS, "https://p.example:8443/base/"), (SERVER_NAME, "sni.example"), (CA_DATA, PEM)]);
        let outbound = routed(&proxy.unwrap().unwrap());
        assert_eq!(outbound.request.uri(), "https://p.example:8443/base/t/oauth2/v2.0/token");
        let expected = Trust::Authorities { pem: Some(PEM.into()), server_name: Some("sni.example".into()) };
        assert_eq!(outbound.trust, expected);
    }

    #[test]
    fn bad_variables_are_named() {
        for (address, says) in [
            ("http://p.example", "https"),
            ("p.example", "https"),
            ("/path", "https"),
            ("https://", "not a URL"),
            ("https://u:hunter2@p.example", "user info"),
            ("http://u:hunter2@p.example", "https"),
            ("https://p.example/?a=b", "query"),
            ("https://p.example/#x", "fragment"),
            ("https://p.example:x", "port"),
        ] {
            let error = proxy(&[(ADDRESS, address)]).unwrap_err().to_string();
            assert!(error.contains(ADDRESS) && error.contains(says), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        for (variables, says) in [
            (&[(SERVER_NAME, "s.example")][..], ADDRESS),
            (&[(ADDRESS, "https://p.example"), (CA_FILE, "f"), (CA_DATA, PEM)], CA_DATA),
            (&[(ADDRESS, "https://p.example"), (CA_DATA, "x")], CA_DATA),
            (&[(ADDRESS, "https://p.example"), (SERVER_NAME, "a b")], SERVER_NAME),
            (&[(ADDRESS, "https://p.example"), (SERVER_NAME, "10.0.0.1")], SERVER_NAME),
        ] {
            assert!(proxy(variables).unwrap_err().to_string().contains(says), "{variables:?}");
        }
        assert!(proxy(&[]).unwrap().is_none());
        assert_eq!(routed(&proxy(&[(ADDRESS, "https://p.example")]).unwrap().unwrap()).trust, Trust::System);
    }

    #[test]
    fn a_file_that_is_being_replaced_leaves_the_old_one_in_force() {
        let proxy = Arc::new(proxy(&[(ADDRESS, "https://p.example"), (CA_FILE, "/ca")]).unwrap().unwrap());
        let moment = Moment::new(UNIX_EPOCH, [0; ENTROPY]);
        let load = |content: io::Result<Vec<u8>>| {
            let end = |_, result: Result<()>| Step::fail(result.err().unwrap_or_else(Error::closed));
            let Step::Read(_, then) = proxy.clone().trusted(&moment, end) else { panic!() };
            let Step::Done(Err(error)) = then(moment.clone(), content) else { panic!() };
            error
        };
        let error = load(Err(io::ErrorKind::NotFound.into()));
        assert!(error.to_string().contains("the CA file /ca") && error.is_transient(), "{error}");
        load(Ok(PEM.into()));
        let trust = routed(&proxy).trust;
        for broken in [Ok(Vec::new()), Ok(PEM[..40].into()), Err(io::ErrorKind::PermissionDenied.into())] {
            load(broken);
            assert_eq!(routed(&proxy).trust, trust);
        }
        load(Ok(format!("{PEM}{PEM}").into()));
        assert_ne!(routed(&proxy).trust, trust);
    }
}
