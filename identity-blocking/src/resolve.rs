//! Names are looked up when a connection is opened: ureq would do it for every request, in a thread of its own.

use std::net::{IpAddr, SocketAddr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport};

/// Leaves the look-up to [`Tcp`].
#[derive(Debug)]
pub(crate) struct Later;

impl Resolver for Later {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// Looks the host up (that of the proxy, if there is one) and connects to it, within the limit for connecting.
#[derive(Debug, Default)]
pub(crate) struct Tcp {
    names: DefaultResolver,
    tcp: TcpConnector,
}

impl Tcp {
    fn addresses(&self, details: &ConnectionDetails<'_>) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = details.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = details.uri.port_u16().unwrap_or(if details.needs_tls() { 443 } else { 80 });
        // An address needs neither a look-up nor the thread for its time limit.
        let Ok(address) = host.parse::<IpAddr>() else {
            return self.names.resolve(details.uri, details.config, details.timeout);
        };
        let mut addresses = Later.empty();
        addresses.push(SocketAddr::new(address, port));
        Ok(addresses)
    }
}

impl<In: Transport> Connector<In> for Tcp {
    type Out = <TcpConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if chained.is_some() {
            return self.tcp.connect(details, chained);
        }
        let details = ConnectionDetails { addrs: self.addresses(details)?, ..same(details) };
        self.tcp.connect(&details, chained)
    }
}

/// The same details, for a connector that changes some of them.
pub(crate) fn same<'a>(details: &ConnectionDetails<'a>) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri: details.uri,
        addrs: details.addrs.clone(),
        config: details.config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: details.now,
        timeout: details.timeout,
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    }
}
