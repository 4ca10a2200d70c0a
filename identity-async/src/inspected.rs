//! One exchange over the operating system's TLS with a look at the server's certificate before anything is sent.
//!
//! reqwest gives the certificate away only with the answer, when a secret would be out. The connection is not kept: such
//! requests are made once per token. No proxy is used.

use std::future::poll_fn;
use std::pin::pin;

use http::header::{HOST, HeaderValue, USER_AGENT};
use http::{Request, Response, Uri};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use identity_core::effect::{Outbound, TransportError, TransportErrorKind};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_native_tls::{TlsConnector, TlsStream};

use crate::clients::late;
use crate::native::{connector, server_name};
use crate::settings::Settings;

/// Sends a request and reads the whole answer.
pub(crate) async fn send(
    mut outbound: Outbound,
    settings: &Settings,
) -> Result<Response<Vec<u8>>, TransportError> {
    let limit = outbound.connect_timeout;
    let late = |_| late(TransportErrorKind::ConnectTimeout, limit);
    let stream = timeout(limit, connect(&outbound, settings)).await.map_err(late)??;
    address(&mut outbound.request, &settings.user_agent)?;
    let request = outbound.request.map(reqwest::Body::from);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(read)?;
    let answer = async {
        let answer = sender.send_request(request).await.map_err(read)?;
        let (parts, body) = answer.into_parts();
        Ok(Response::from_parts(parts, collect(body, outbound.max_body).await?))
    };
    // The connection does the work, and the answer says when it is done.
    let (mut answer, mut connection, mut is_open) = (pin!(answer), pin!(connection), true);
    poll_fn(|context| {
        if is_open && connection.as_mut().poll(context).is_ready() {
            is_open = false;
        }
        answer.as_mut().poll(context)
    })
    .await
}

/// A connection to the server that the trust names, and to no other.
async fn connect(outbound: &Outbound, settings: &Settings) -> Result<TlsStream<TcpStream>, TransportError> {
    let uri = outbound.request.uri();
    let unsupported = |text: String| TransportError::new(TransportErrorKind::Unsupported, text);
    if uri.scheme_str() != Some("https") {
        return Err(unsupported("a certificate can only be checked of an https URL".into()));
    }
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let tls = connector(&outbound.trust, &settings.authorities).map_err(|e| unsupported(e.to_string()))?;
    let tcp = TcpStream::connect((host, uri.port_u16().unwrap_or(443))).await.map_err(refused)?;
    let name = server_name(&outbound.trust).unwrap_or(host);
    let stream = TlsConnector::from(tls).connect(name, tcp).await.map_err(refused)?;
    let certificate = stream.get_ref().peer_certificate().map_err(refused)?;
    let der = certificate.map(|certificate| certificate.to_der()).transpose().map_err(refused)?;
    if !identity_core::pin::is_trusted(&outbound.trust, der.as_deref()) {
        return Err(refused("the certificate of the server has another thumbprint"));
    }
    Ok(stream)
}

/// What a client says in every request: the path in place of the whole URL, the host, and who asks.
fn address(request: &mut Request<Vec<u8>>, user_agent: &str) -> Result<(), TransportError> {
    let unsupported =
        |_| TransportError::new(TransportErrorKind::Unsupported, "the request cannot be addressed");
    let authority = request.uri().authority().map_or("", |authority| authority.as_str());
    let host = HeaderValue::from_str(authority).map_err(|_| unsupported(()))?;
    let agent = HeaderValue::from_str(user_agent).map_err(|_| unsupported(()))?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = path.parse::<Uri>().map_err(|_| unsupported(()))?;
    *request.uri_mut() = path;
    request.headers_mut().insert(HOST, host);
    request.headers_mut().entry(USER_AGENT).or_insert(agent);
    Ok(())
}

/// The whole body, if it is not longer than `limit`.
async fn collect(body: Incoming, limit: usize) -> Result<Vec<u8>, TransportError> {
    let (mut body, mut whole) = (pin!(body), Vec::new());
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let Ok(data) = frame.map_err(read)?.into_data() else { continue };
        if whole.len() + data.len() > limit {
            let text = format!("more than {limit} bytes");
            return Err(TransportError::new(TransportErrorKind::TooLarge, text));
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

fn refused(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TransportError {
    TransportError::new(TransportErrorKind::Connect, error)
}

fn read(error: hyper::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Read, error)
}
