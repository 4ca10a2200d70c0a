//! Which request is the redirect, and what each is answered: only the one with the right state ends the wait.

use std::fmt;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;

use super::Page;
use crate::Secret;
use crate::oauth::excerpt;

/// The redirect of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redirect {
    /// The person signed in: the authorization code.
    Code(Secret),
    /// The person or the service refused.
    Refused {
        /// The OAuth error code, such as `access_denied`.
        error: String,
        /// What the service said about it, on one line.
        description: String,
    },
}

/// Knows the one redirect that is waited for.
#[derive(Clone)]
pub struct Reception {
    state: Secret,
    port: u16,
    page: Page,
}

impl Reception {
    /// Waits for the redirect with this state on a port, and answers with these pages.
    pub const fn new(state: Secret, port: u16, page: Page) -> Self {
        Self { state, port, page }
    }

    /// The answer to a request, and the redirect if it was that.
    ///
    /// Requests for other paths, for other hosts (which a page on the web could cause, by a name that leads here) and
    /// without the right state are answered and change nothing.
    pub fn receive(&self, request: &Request<Vec<u8>>) -> (Response<Vec<u8>>, Option<Redirect>) {
        if !self.is_for_us(request) {
            return (plain(StatusCode::FORBIDDEN, "this is not the host that was asked for"), None);
        }
        match request.uri().path() {
            "/" => {}
            path if path.ends_with("/favicon.ico") => return (plain(StatusCode::NO_CONTENT, ""), None),
            _ => return (plain(StatusCode::NOT_FOUND, "there is nothing here"), None),
        }
        let parameters = match *request.method() {
            Method::GET => parameters(request.uri().query().unwrap_or_default()),
            Method::POST => parameters(&String::from_utf8_lossy(request.body())),
            _ => return (plain(StatusCode::METHOD_NOT_ALLOWED, "GET and POST are answered"), None),
        };
        let get =
            |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        if get("state").map(Secret::new) != Some(self.state.clone()) {
            return (plain(StatusCode::BAD_REQUEST, "this belongs to no sign-in that is under way"), None);
        }
        let redirect = match (get("code"), get("error")) {
            (_, Some(error)) => Redirect::Refused {
                error: excerpt::line(error),
                description: excerpt::line(get("error_description").unwrap_or_default()),
            },
            (Some(code), None) if !code.is_empty() => Redirect::Code(Secret::new(code)),
            _ => return (plain(StatusCode::BAD_REQUEST, "neither a code nor an error"), None),
        };
        let success = matches!(redirect, Redirect::Code(_));
        (answer(StatusCode::OK, "text/html; charset=utf-8", self.page.of(success)), Some(redirect))
    }

    fn is_for_us(&self, request: &Request<Vec<u8>>) -> bool {
        let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
        let Some((name, port)) = host.and_then(|host| host.rsplit_once(':')) else { return false };
        port.parse() == Ok(self.port) && is_loopback(name)
    }
}

/// Whether a host of a URL is this very machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || matches!(host, "127.0.0.1" | "[::1]" | "::1")
}

/// The members of a query string or form.
fn parameters(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn plain(status: StatusCode, text: &str) -> Response<Vec<u8>> {
    answer(status, "text/plain; charset=utf-8", text)
}

fn answer(status: StatusCode, kind: &'static str, text: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(text.as_bytes().to_vec());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The address of a GET redirect holds the code: it must not go on to anybody.
    response.headers_mut().insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    response
}

impl fmt::Debug for Reception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reception").field("port", &self.port).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reception() -> Reception {
        Reception::new("right".into(), 8400, Page::new("yes", "no"))
    }

    fn ask(method: &str, host: &str, target: &str, body: &str) -> (u16, String, Option<Redirect>) {
        let request = Request::builder().method(method).uri(target).header("host", host);
        let (response, redirect) = reception().receive(&request.body(body.as_bytes().to_vec()).unwrap());
        (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap(), redirect)
    }

    #[test]
    fn the_redirect_comes_as_get_or_post_and_by_either_loopback() {
        let code = Some(Redirect::Code("a b".into()));
        let expected = (200, "yes".to_owned(), code);
        assert_eq!(ask("GET", "localhost:8400", "/?code=a%20b&state=right", ""), expected);
        assert_eq!(ask("POST", "127.0.0.1:8400", "/", "state=right&code=a+b&extra=x"), expected);
        assert_eq!(ask("POST", "[::1]:8400", "/", "state=right&code=a+b"), expected);
    }

    #[test]
    fn a_refusal_is_a_redirect_too() {
        let (status, page, redirect) = ask(
            "POST",
            "localhost:8400",
            "/",
            "error=access_denied&error_description=AADSTS65004%3A+no&state=right",
        );
        assert_eq!((status, page.as_str()), (200, "no"));
        let Some(Redirect::Refused { error, description }) = redirect else { panic!() };
        assert_eq!((error.as_str(), description.as_str()), ("access_denied", "AADSTS65004: no"));
    }

    #[test]
    fn everything_else_changes_nothing() {
        for (method, host, target, body, status) in [
            ("GET", "localhost:8400", "/favicon.ico", "", 204),
            ("GET", "localhost:8400", "/other?code=c&state=right", "", 404),
            ("GET", "localhost:8400", "/?code=c&state=wrong", "", 400),
            ("GET", "localhost:8400", "/?code=c", "", 400),
            ("GET", "localhost:8400", "/?state=right", "", 400),
            ("POST", "localhost:8400", "/", "%ff", 400),
            ("PUT", "localhost:8400", "/?code=c&state=right", "", 405),
            ("GET", "evil.example:8400", "/?code=c&state=right", "", 403),
            ("GET", "localhost:9999", "/?code=c&state=right", "", 403),
            ("GET", "localhost", "/?code=c&state=right", "", 403),
        ] {
            let (found, _, redirect) = ask(method, host, target, body);
            assert_eq!((found, redirect), (status, None), "{method} {host} {target}");
        }
    }
}
