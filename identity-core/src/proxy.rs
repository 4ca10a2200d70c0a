//! Which proxy a request goes through: decided here for both flavours, as HTTP clients disagree about it.

use core::net::IpAddr;

use http::Uri;

use crate::effect::place;
use crate::{Env, Secret};

/// Which proxy requests go through; metadata requests never go through any.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// The one that the environment names, as the transport finds it when it is built: `HTTPS_PROXY` or `HTTP_PROXY` by
    /// the scheme of the request, else `ALL_PROXY`. Hosts in `NO_PROXY` go without: names and what ends in them,
    /// addresses, networks such as `10.0.0.0/8`, each with or without a port, and `*` for all. Names in lower case count
    /// first. `HTTP_PROXY` in upper case is left alone in a CGI program, where any client may set it.
    #[default]
    Environment,
    /// None.
    None,
    /// This one, such as `http://user:password@proxy.example:8080`. SOCKS is not supported.
    Url(Secret),
}

/// The proxies of a transport.
#[derive(Debug, Default)]
pub struct Proxies {
    https: Option<Secret>,
    http: Option<Secret>,
    exempt: Vec<Exempt>,
}

impl Proxies {
    /// The proxies that a choice comes to; the environment is asked for only if it matters.
    pub fn new(choice: &Proxy, env: impl FnOnce() -> Env) -> Self {
        match choice {
            Proxy::Environment => Self::from_env(&env()),
            Proxy::None => Self::default(),
            Proxy::Url(url) => {
                let url = Some(with_scheme(url.expose()));
                Self { https: url.clone(), http: url, exempt: Vec::new() }
            }
        }
    }

    fn from_env(env: &Env) -> Self {
        let get = |lower: &str| env.non_empty(lower).or_else(|| env.non_empty(&lower.to_ascii_uppercase()));
        let all = get("all_proxy");
        let http =
            if env.get("REQUEST_METHOD").is_some() { env.non_empty("http_proxy") } else { get("http_proxy") };
        let mut exempt = Vec::new();
        for entry in get("no_proxy").unwrap_or_default().split([',', ' ']) {
            exempt.extend(Exempt::read(entry));
        }
        Self {
            https: get("https_proxy").or(all).map(with_scheme),
            http: http.or(all).map(with_scheme),
            exempt,
        }
    }

    /// The address of the proxy for a request, with a scheme.
    ///
    /// # Errors
    /// What is wrong with the proxy, without its address, which may hold a password.
    pub fn decide(&self, uri: &Uri) -> Result<Option<&Secret>, &'static str> {
        let secure = uri.scheme_str() != Some("http");
        let proxy = if secure { &self.https } else { &self.http };
        let Some(proxy) = proxy else { return Ok(None) };
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        if self.exempt.iter().any(|exempt| exempt.holds(host, port)) {
            return Ok(None);
        }
        match proxy.expose().parse::<Uri>() {
            Ok(address) if matches!(address.scheme_str(), Some("http" | "https")) => Ok(Some(proxy)),
            Ok(address) if address.scheme_str().is_some_and(|scheme| scheme.starts_with("socks")) => Err(
                "SOCKS proxies are not supported: name an http proxy, or bring a client that supports them",
            ),
            _ => Err("the address of the proxy is not valid: it looks like http://proxy.example:8080"),
        }
    }
}

/// The address of a proxy, for people: without the password that it may hold.
pub(crate) fn shown(address: &Secret) -> Option<String> {
    Some(place(&address.expose().parse().ok()?))
}

fn with_scheme(address: &str) -> Secret {
    let address = address.trim();
    if address.contains("://") { address.into() } else { format!("http://{address}").into() }
}

/// One entry of `NO_PROXY`.
#[derive(Debug, PartialEq)]
struct Exempt {
    whom: Whom,
    port: Option<u16>,
}

#[derive(Debug, PartialEq)]
enum Whom {
    All,
    /// A name in lower case without the dot in front, and what ends in it.
    Name(String),
    /// So many leading bits of an address.
    Network(IpAddr, u32),
}

impl Exempt {
    fn read(entry: &str) -> Option<Self> {
        let entry = entry.trim().trim_matches(['[', ']']);
        if entry.is_empty() {
            return None;
        }
        if let Some(whom) = network(entry) {
            return Some(Self { whom, port: None });
        }
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) => (name.trim_end_matches(']'), Some(port.parse().ok()?)),
            None => (entry, None),
        };
        let name = name.trim_start_matches('*').trim_matches('.').to_ascii_lowercase();
        let whom = network(&name).unwrap_or(if name.is_empty() { Whom::All } else { Whom::Name(name) });
        Some(Self { whom, port })
    }

    fn holds(&self, host: &str, port: u16) -> bool {
        if self.port.is_some_and(|own| own != port) {
            return false;
        }
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        match &self.whom {
            Whom::All => true,
            Whom::Name(name) => {
                host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            Whom::Network(network, bits) => {
                host.parse().is_ok_and(|address: IpAddr| leading(address, *bits) == leading(*network, *bits))
            }
        }
    }
}

/// An address, or a network with the number of its leading bits.
fn network(text: &str) -> Option<Whom> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address.parse().ok()?, Some(bits.parse().ok()?)),
        None => (text.parse().ok()?, None),
    };
    let longest = if matches!(address, IpAddr::V4(_)) { 32 } else { 128 };
    let bits = bits.unwrap_or(longest);
    (bits <= longest).then_some(Whom::Network(address, bits))
}

/// The kind of an address and its leading bits.
fn leading(address: IpAddr, bits: u32) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (true, u128::from(v4.to_bits().checked_shr(32 - bits).unwrap_or(0))),
        IpAddr::V6(v6) => (false, v6.to_bits().checked_shr(128 - bits).unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(variables: &[(&str, &str)], uri: &str) -> Option<String> {
        let env = variables.iter().copied().collect::<Env>();
        let proxies = Proxies::new(&Proxy::Environment, || env);
        proxies.decide(&uri.parse().unwrap()).unwrap().map(|proxy| proxy.expose().to_owned())
    }

    const LOGIN: &str = "https://login.microsoftonline.com/x";

    #[test]
    fn the_scheme_chooses_the_variable_and_lower_case_counts_first() {
        let variables = [("HTTP_PROXY", "plain:1"), ("HTTPS_PROXY", "http://tls:2"), ("ALL_PROXY", "all:3")];
        assert_eq!(decided(&variables, LOGIN).unwrap(), "http://tls:2");
        assert_eq!(decided(&variables, "http://x/").unwrap(), "http://plain:1");
        assert_eq!(decided(&variables[2..], LOGIN).unwrap(), "http://all:3");
        assert_eq!(decided(&variables[..1], LOGIN), None);
        assert_eq!(decided(&[("HTTPS_PROXY", "a:1"), ("https_proxy", "b:2")], LOGIN).unwrap(), "http://b:2");
        assert_eq!(decided(&[("HTTPS_PROXY", "")], LOGIN), None);
    }

    #[test]
    fn a_request_header_is_no_proxy() {
        let variables = [("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://evil:1")];
        assert_eq!(decided(&variables, "http://x/"), None);
    }

    #[test]
    fn exempt_hosts_go_without() {
        for (exempt, uri, is_exempt) in [
            ("*", LOGIN, true),
            ("microsoftonline.com", LOGIN, true),
            (".microsoftonline.com", LOGIN, true),
            ("*.MicrosoftOnline.com", LOGIN, true),
            ("onlinemicrosoft.com, login.microsoftonline.com:443", LOGIN, true),
            ("login.microsoftonline.com:8443", LOGIN, false),
            ("softonline.com", LOGIN, false),
            ("10.0.0.0/8", "https://10.1.2.3/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("10.1.2.3", "https://10.1.2.3:8443/", true),
            ("10.1.2.3:443", "https://10.1.2.3:8443/", false),
            ("0.0.0.0/0", "https://10.1.2.3/", true),
            ("0.0.0.0/0", "https://[::1]/", false),
            ("::1", "https://[::1]/", true),
            ("[fd00::]:443", "https://[fd00::]/", true),
            ("fd00::/8", "https://[fd12::1]/", true),
            ("10.0.0.0/99,,:x", "https://10.1.2.3/", false),
        ] {
            let found = decided(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", exempt)], uri);
            assert_eq!(found.is_none(), is_exempt, "{exempt} {uri}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_used_is_an_error_that_does_not_repeat_it() {
        for address in ["socks5://u:hunter2@p:1", "http://u:hunter2@", "ftp://hunter2"] {
            let proxies = Proxies::new(&Proxy::Url(address.into()), Env::empty);
            let error = proxies.decide(&LOGIN.parse().unwrap()).unwrap_err();
            assert!(!error.contains("hunter2") && !error.is_empty(), "{error}");
        }
    }

    #[test]
    fn nobody_sees_the_password_of_a_proxy() {
        let shown = |address: &str| shown(&with_scheme(address)).unwrap();
        assert_eq!(shown("user:hunter2@proxy.example:8080/"), "http://proxy.example:8080/");
        assert_eq!(shown("http://us@r:hunter2@[::1]:3128"), "http://[::1]:3128/");
    }
}
