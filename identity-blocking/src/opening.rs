//! What fails while a connection is opened, told apart from what fails after that: retries are counted apart.

use std::fmt;

use ureq::unversioned::transport::{ConnectionDetails, Connector, Transport};

/// A connector whose errors carry a mark.
#[derive(Debug)]
pub(crate) struct Opening<C>(pub(crate) C);

impl<In: Transport, C: Connector<In>> Connector<In> for Opening<C> {
    type Out = C::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        self.0.connect(details, chained).map_err(|error| match error {
            // The connection to a proxy was opened by this connector as well.
            ureq::Error::Other(inner) if inner.is::<Unopened>() => ureq::Error::Other(inner),
            other => ureq::Error::Other(Box::new(Unopened(other))),
        })
    }
}

/// The mark.
#[derive(Debug)]
struct Unopened(ureq::Error);

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unopened {}

/// The error without its mark, and whether it had one.
pub(crate) fn unmarked(error: ureq::Error) -> (ureq::Error, bool) {
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<Unopened>() {
            Ok(unopened) => (unopened.0, true),
            Err(other) => (ureq::Error::Other(other), false),
        },
        other => (other, false),
    }
}
