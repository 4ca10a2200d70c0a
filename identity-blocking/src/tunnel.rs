//! The way through a proxy, and the one limit for all of connecting, however slowly a proxy answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, Transport,
};

use crate::resolve::same;

/// Asks the proxy, if there is one, for a tunnel. ureq alone would give each read of its answer the whole limit.
#[derive(Debug, Default)]
pub(crate) struct Tunnel(ConnectProxyConnector);

impl<In: Transport> Connector<In> for Tunnel {
    type Out = <ConnectProxyConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let (connect, is_open) = (details.run_connector.clone(), Arc::new(AtomicBool::new(false)));
        let watched = is_open.clone();
        let details = ConnectionDetails {
            run_connector: Arc::new(move |details: &ConnectionDetails<'_>| {
                let below = connect(details)?;
                let limit = Limit::of(details);
                Ok(Box::new(Limited { below, limit, is_open: watched.clone() }) as Box<dyn Transport>)
            }),
            ..same(details)
        };
        let tunnel = self.0.connect(&details, chained)?;
        is_open.store(true, Ordering::Relaxed);
        Ok(tunnel)
    }
}

/// The time that is left for connecting.
#[cfg(any(feature = "native-tls", feature = "rustls"))]
pub(crate) fn left(details: &ConnectionDetails<'_>) -> Result<NextTimeout, ureq::Error> {
    Limit::of(details).clamp(details.timeout)
}

/// When connecting must be over, counted from its beginning.
struct Limit {
    began: Instant,
    timeout: NextTimeout,
    clock: Arc<dyn Fn() -> Instant + Send + Sync>,
}

impl Limit {
    fn of(details: &ConnectionDetails<'_>) -> Self {
        Self { began: details.now, timeout: details.timeout, clock: details.current_time.clone() }
    }

    /// No more than the time that is left.
    fn clamp(&self, mut wanted: NextTimeout) -> Result<NextTimeout, ureq::Error> {
        let (Duration::Exact(limit), Instant::Exact(began), Instant::Exact(now)) =
            (self.timeout.after, self.began, (self.clock)())
        else {
            return Ok(wanted);
        };
        let left = limit.saturating_sub(now.saturating_duration_since(began));
        if left.is_zero() {
            return Err(ureq::Error::Timeout(self.timeout.reason));
        }
        if *wanted.after > left {
            (wanted.after, wanted.reason) = (left.into(), self.timeout.reason);
        }
        Ok(wanted)
    }
}

/// A connection to a proxy, under the limit until the tunnel is open.
struct Limited {
    below: Box<dyn Transport>,
    limit: Limit,
    is_open: Arc<AtomicBool>,
}

impl Limited {
    fn timeout(&self, wanted: NextTimeout) -> Result<NextTimeout, ureq::Error> {
        if self.is_open.load(Ordering::Relaxed) { Ok(wanted) } else { self.limit.clamp(wanted) }
    }
}

impl Transport for Limited {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.below.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let timeout = self.timeout(timeout)?;
        self.below.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let timeout = self.timeout(timeout)?;
        self.below.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.below.is_open()
    }

    fn is_tls(&self) -> bool {
        self.below.is_tls()
    }
}

impl std::fmt::Debug for Limited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limited").field("below", &self.below).finish_non_exhaustive()
    }
}
