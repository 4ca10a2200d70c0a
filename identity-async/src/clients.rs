//! reqwest clients, one for each combination of route, trust, connect limit and runtime; their answers and errors.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Response;
use identity_core::Secret;
use identity_core::effect::{Outbound, Route, TransportError, TransportErrorKind, Trust};
use identity_core::moment::Seconds;
use reqwest::{Client, redirect};
use tokio::runtime;
use tokio::time::timeout;

use crate::addresses::Addresses;
use crate::server_name;
use crate::settings::Settings;

/// At most this many runtimes have clients at a time.
const RUNTIMES: usize = 8;

/// The clients made so far. Each keeps its connections, and belongs to the runtime that made it: connections of one
/// runtime are dead weight, or worse, in another.
#[derive(Debug)]
pub(crate) struct Clients {
    /// None once closed.
    made: Mutex<Option<Vec<Made>>>,
    addresses: Addresses,
}

#[derive(Debug)]
struct Made {
    runtime: runtime::Id,
    proxy: Option<Secret>,
    trust: Trust,
    connect_timeout: Duration,
    /// Where connections lead in place of the URL's host.
    towards: Option<String>,
    /// Whether it may meet TLS: a metadata endpoint in plain text needs no authorities.
    secure: bool,
    client: Client,
}

impl Clients {
    pub(crate) fn open() -> Self {
        Self { made: Mutex::new(Some(Vec::new())), addresses: Addresses::default() }
    }

    /// Drops all clients and with them their connections.
    pub(crate) fn close(&self) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(
        &self,
        outbound: Outbound,
        settings: &Settings,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let runtime = runtime::Handle::try_current().map_err(|_| {
            unsupported(
                "there is no tokio runtime here: await the credential inside one, or use the blocking flavour",
            )
        })?;
        let (limit, max_body) = (outbound.timeout, outbound.max_body);
        let late = |_| late(TransportErrorKind::Timeout, limit);
        #[cfg(feature = "native-tls")]
        if crate::tls::needs_inspection(settings.tls, &outbound.trust) {
            self.open_or_fail()?;
            return timeout(limit, Box::pin(crate::inspected::send(outbound, settings)))
                .await
                .map_err(late)?;
        }
        // reqwest's own limit costs several allocations.
        let answer = receive(self.execute(outbound, runtime.id(), settings)?, max_body);
        timeout(limit, answer).await.map_err(late)?
    }

    /// Begins to send a request.
    fn execute(
        &self,
        mut outbound: Outbound,
        runtime: runtime::Id,
        settings: &Settings,
    ) -> Result<impl Future<Output = reqwest::Result<reqwest::Response>> + use<>, TransportError> {
        let towards = server_name::rename(&mut outbound.request, &outbound.trust).map_err(unsupported)?;
        let client = self.client(&outbound, towards, runtime, settings)?;
        let (parts, body) = outbound.request.into_parts();
        let mut request = reqwest::Request::new(parts.method, self.addresses.url(&parts.uri)?);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(body.into());
        Ok(client.execute(request))
    }

    #[cfg(feature = "native-tls")]
    fn open_or_fail(&self) -> Result<(), TransportError> {
        let clients = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        clients.as_ref().map(|_| ()).ok_or_else(|| unsupported("the transport was closed"))
    }

    fn client(
        &self,
        outbound: &Outbound,
        towards: Option<String>,
        runtime: runtime::Id,
        settings: &Settings,
    ) -> Result<Client, TransportError> {
        let Outbound { route, trust, connect_timeout, .. } = outbound;
        if let (Some(client), Route::System, Trust::System) = (&settings.own, route, trust) {
            return Ok(client.clone());
        }
        let uri = outbound.request.uri();
        let proxy = match route {
            Route::Direct => None,
            // A proxy would look the name up, and not find the server.
            _ if towards.is_some() => None,
            _ => settings.proxies.decide(uri).map_err(unsupported)?,
        };
        let secure = proxy.is_some() || uri.scheme() != Some(&http::uri::Scheme::HTTP);
        let mut clients = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let clients = clients.as_mut().ok_or_else(|| unsupported("the transport was closed"))?;
        let found = clients.iter().find(|made| {
            made.runtime == runtime
                && made.proxy.as_ref() == proxy
                && made.trust == *trust
                && made.connect_timeout == *connect_timeout
                && made.towards == towards
                && made.secure == secure
        });
        if let Some(made) = found {
            return Ok(made.client.clone());
        }
        let client = build(proxy, trust, *connect_timeout, (towards.clone(), secure), settings)?;
        clients.retain(|made| !trust.supersedes(&made.trust));
        forget_old_runtimes(clients, runtime);
        clients.push(Made {
            runtime,
            proxy: proxy.cloned(),
            trust: trust.clone(),
            connect_timeout: *connect_timeout,
            towards,
            secure,
            client: client.clone(),
        });
        Ok(client)
    }
}

/// Nobody tells when a runtime is gone; those that came first have most likely been followed by others.
fn forget_old_runtimes(clients: &mut Vec<Made>, newest: runtime::Id) {
    let mut seen = vec![newest];
    let mut kept: Vec<Made> = Vec::with_capacity(clients.len() + 1);
    for made in clients.drain(..).rev() {
        if !seen.contains(&made.runtime) && seen.len() < RUNTIMES {
            seen.push(made.runtime);
        }
        if seen.contains(&made.runtime) {
            kept.push(made);
        }
    }
    clients.extend(kept.into_iter().rev());
}

fn build(
    proxy: Option<&Secret>,
    trust: &Trust,
    connect_timeout: Duration,
    (towards, secure): (Option<String>, bool),
    settings: &Settings,
) -> Result<Client, TransportError> {
    let mut builder = Client::builder()
        .user_agent(&settings.user_agent)
        .redirect(redirect::Policy::none())
        // Without the second, each request is copied in case it were sent again.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .connect_timeout(connect_timeout);
    builder = crate::tls::configure(builder, trust, secure, settings)
        .map_err(|error| unsupported(error.to_string()))?;
    if let Some(host) = towards {
        builder = builder.dns_resolver(server_name::Towards(host));
    }
    builder = match proxy.map(|url| reqwest::Proxy::all(url.expose())).transpose() {
        Ok(None) => builder.no_proxy(),
        Ok(Some(proxy)) => builder.proxy(proxy),
        // The address may hold a password: it is not repeated.
        Err(_) => return Err(unsupported("the address of the proxy is not valid")),
    };
    builder.build().map_err(|error| TransportError::new(TransportErrorKind::Unsupported, error))
}

fn unsupported(text: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TransportError {
    TransportError::new(TransportErrorKind::Unsupported, text)
}

/// Reads the whole answer.
async fn receive(
    sending: impl Future<Output = reqwest::Result<reqwest::Response>>,
    max_body: usize,
) -> Result<Response<Vec<u8>>, TransportError> {
    let mut answer = sending.await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > max_body {
            let text = format!("more than {max_body} bytes");
            return Err(TransportError::new(TransportErrorKind::TooLarge, text));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = Response::new(body);
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}

/// The error of a limit that passed.
pub(crate) fn late(kind: TransportErrorKind, limit: Duration) -> TransportError {
    TransportError::new(kind, Seconds(limit).to_string())
}

/// Sorts an error of reqwest by where it happened. The URL is left out: queries may hold secrets.
fn failed(error: reqwest::Error) -> TransportError {
    #[cfg(feature = "rustls")]
    if identity_core::tls::is_untrusted(&error) {
        return TransportError::new(TransportErrorKind::Untrusted, error.without_url());
    }
    let kind = match (error.is_connect(), error.is_timeout(), error.is_builder()) {
        (true, true, _) => TransportErrorKind::ConnectTimeout,
        (true, false, _) => TransportErrorKind::Connect,
        (false, true, _) => TransportErrorKind::Timeout,
        (false, false, true) => TransportErrorKind::Unsupported,
        (false, false, false) => TransportErrorKind::Read,
    };
    TransportError::new(kind, error.without_url())
}
