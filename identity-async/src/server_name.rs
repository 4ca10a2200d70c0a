//! Servers that want another name in TLS than that of their address.
//!
//! reqwest takes SNI from the URL, so the name goes there, and the address into name resolution.

use std::io;
use std::net::SocketAddr;

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderValue, Request, Uri};
use identity_core::effect::Trust;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Gives the request the server name of the trust, if it has one, and returns the host to connect to in its place. The
/// `Host` header stays that of the address.
pub(crate) fn rename(request: &mut Request<Vec<u8>>, trust: &Trust) -> Result<Option<String>, String> {
    let Trust::Authorities { server_name: Some(name), .. } = trust else { return Ok(None) };
    let Some(address) = request.uri().authority().cloned() else { return Ok(None) };
    if name.eq_ignore_ascii_case(address.host()) {
        return Ok(None);
    }
    let refused = |_| format!("{name:?} cannot be the name of a server");
    let renamed = match address.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_string(),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.authority = Some(renamed.parse::<Authority>().map_err(refused)?);
    *request.uri_mut() = Uri::from_parts(parts).map_err(|error| error.to_string())?;
    let host = HeaderValue::from_str(address.as_str()).map_err(|error| error.to_string())?;
    request.headers_mut().insert(HOST, host);
    Ok(Some(address.host().trim_start_matches('[').trim_end_matches(']').to_owned()))
}

/// Resolves every name as if it were this host.
pub(crate) struct Towards(pub(crate) String);

impl Resolve for Towards {
    fn resolve(&self, _name: Name) -> Resolving {
        let host = self.0.clone();
        Box::pin(async move {
            // The port is the URL's, whatever it is here.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(name: &str) -> Trust {
        Trust::Authorities { pem: None, server_name: Some(name.into()) }
    }

    #[test]
    fn the_name_goes_into_the_url_and_the_address_stays_the_host() {
        let mut request = Request::post("https://[::1]:8443/base/token?x=1").body(Vec::new()).unwrap();
        let host = rename(&mut request, &trust("sni.example")).unwrap();
        assert_eq!(host.as_deref(), Some("::1"));
        assert_eq!(request.uri(), "https://sni.example:8443/base/token?x=1");
        assert_eq!(request.headers()[HOST], "[::1]:8443");
    }

    #[test]
    fn requests_without_another_name_are_left_alone() {
        let mut request = Request::post("https://p.example/").body(Vec::new()).unwrap();
        for trust in [Trust::System, trust("P.example")] {
            assert_eq!(rename(&mut request, &trust).unwrap(), None);
            assert_eq!(request.uri(), "https://p.example/");
        }
        assert!(rename(&mut request, &trust("a b")).is_err());
    }
}
