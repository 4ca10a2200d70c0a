//! ureq agents, one for each combination of route and trust, and what becomes of their answers and errors.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderValue, Response};
use identity_core::Secret;
use identity_core::effect::{Outbound, Route, TransportError, TransportErrorKind, Trust};
use ureq::unversioned::transport::Connector;
use ureq::{Agent, Proxy};

use crate::opening::{Opening, unmarked};
use crate::resolve::{Later, Tcp};
use crate::settings::Settings;
use crate::tls::Layer;
use crate::tunnel::Tunnel;

/// Longer limits are as good as none, and overflow ureq's clock.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// Where ureq shows at trace level what goes over the wire, tokens among it. It has no switch for that.
const DUMP: &str = "ureq_proto::util";

/// The agents made so far. Each keeps its connections.
#[derive(Debug, Default)]
pub(crate) struct Agents(Mutex<Option<Vec<Made>>>);

#[derive(Debug)]
struct Made {
    proxy: Option<Secret>,
    trust: Trust,
    agent: Agent,
}

impl Agents {
    pub(crate) fn open() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }

    /// Drops all agents and with them their connections. Requests under way end at once, as nobody wants their answers.
    pub(crate) fn close(&self) {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        made.into_iter().flatten().for_each(|made| made.agent.shutdown());
    }

    /// Sends a request and reads the whole answer.
    pub(crate) fn send(
        &self,
        outbound: Outbound,
        settings: &Settings,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        warn_of_dump();
        let agent = self.agent(&outbound, settings)?;
        let Outbound { request, timeout, connect_timeout, max_body, .. } = outbound;
        let request = agent
            .configure_request(request)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(timeout.min(LONGEST)))
            .timeout_connect(Some(connect_timeout.min(LONGEST)))
            .build();
        let (parts, mut body) = agent.run(request).map_err(failed)?.into_parts();
        let body = body.with_config().limit(max_body as u64).read_to_vec().map_err(failed)?;
        Ok(Response::from_parts(parts, body))
    }

    fn agent(&self, outbound: &Outbound, settings: &Settings) -> Result<Agent, TransportError> {
        let Outbound { route, trust, .. } = outbound;
        if let (Some(agent), Route::System, Trust::System) = (&settings.own, route, trust) {
            return Ok(agent.clone());
        }
        let proxy = match route {
            Route::Direct => None,
            _ => settings.proxies.decide(outbound.request.uri()).map_err(unsupported)?,
        };
        let mut agents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(agents) = agents.as_mut() else {
            return Err(unsupported("the transport was closed"));
        };
        if let Some(made) = agents.iter().find(|made| made.proxy.as_ref() == proxy && made.trust == *trust) {
            return Ok(made.agent.clone());
        }
        let agent = build(proxy, trust, settings)?;
        agents.retain(|made| !trust.supersedes(&made.trust));
        agents.push(Made { proxy: proxy.cloned(), trust: trust.clone(), agent: agent.clone() });
        Ok(agent)
    }
}

fn build(proxy: Option<&Secret>, trust: &Trust, settings: &Settings) -> Result<Agent, TransportError> {
    // ureq takes it for granted that this can be sent.
    if HeaderValue::from_str(&settings.user_agent).is_err() {
        return Err(unsupported("the application id holds characters that no header may hold"));
    }
    let tls = Layer::new(trust, settings).map_err(|error| unsupported(error.to_string()))?;
    // The address may hold a password: it is not repeated.
    let proxy = proxy.map(|url| Proxy::new(url.expose())).transpose();
    let proxy = proxy.map_err(|_| unsupported("the address of the proxy is not valid"))?;
    let config = Agent::config_builder().user_agent(&settings.user_agent).proxy(proxy).build();
    let connector = ().chain(Tunnel::default()).chain(Tcp::default()).chain(tls);
    Ok(Agent::with_parts(config, Opening(connector), Later))
}

/// Says once in a process that tokens are in the log. A logger may itself come back here to fetch one.
fn warn_of_dump() {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if log::log_enabled!(target: DUMP, log::Level::Trace) && !WARNED.swap(true, Ordering::Relaxed) {
        log::warn!(
            "the log shows tokens and secrets: turn the target {DUMP} off, as with RUST_LOG=trace,{DUMP}=off"
        );
    }
}

fn unsupported(text: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TransportError {
    TransportError::new(TransportErrorKind::Unsupported, text)
}

/// Sorts an error of ureq by where it happened.
fn failed(error: ureq::Error) -> TransportError {
    use ureq::Timeout;
    let (error, unopened) = unmarked(error);
    let kind = match &error {
        ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => TransportErrorKind::ConnectTimeout,
        ureq::Error::Timeout(_) if unopened => TransportErrorKind::ConnectTimeout,
        ureq::Error::Timeout(_) => TransportErrorKind::Timeout,
        ureq::Error::BodyExceedsLimit(_) => TransportErrorKind::TooLarge,
        ureq::Error::TlsRequired => {
            let remedy = "no TLS is compiled in: enable the feature `rustls` or `native-tls`, or pass an agent that has it";
            return TransportError::new(TransportErrorKind::Unsupported, remedy);
        }
        // What the TLS of this crate finds wrong with its own settings.
        ureq::Error::Other(_) => TransportErrorKind::Unsupported,
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
            TransportErrorKind::Unsupported
        }
        #[cfg(feature = "rustls")]
        ureq::Error::Io(error) if identity_core::tls::is_untrusted(error) => TransportErrorKind::Untrusted,
        _ if unopened => TransportErrorKind::Connect,
        // Agents of an application have no marks.
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) => {
            TransportErrorKind::Connect
        }
        ureq::Error::Io(error) if during_connect(error) => TransportErrorKind::Connect,
        _ => TransportErrorKind::Read,
    };
    TransportError::new(kind, Box::new(Arc::new(error)) as Box<dyn std::error::Error + Send + Sync>)
}

/// Whether the error can only come from connecting: name look-up, TCP, TLS handshake.
fn during_connect(error: &io::Error) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, InvalidData, NetworkUnreachable, NotFound,
    };
    matches!(
        error.kind(),
        ConnectionRefused | HostUnreachable | NetworkUnreachable | AddrNotAvailable | NotFound | InvalidData
    )
}
