//! A user's function as the source of client assertions, synchronous or asynchronous.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::client_assertion::assertion;
use crate::source::Source;
use crate::{Env, Error, Grant, Moment, Result, Secret, Step, TokenRequest};

/// What an assertion is needed for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssertionRequest {
    /// The tenant that the token is asked from.
    pub tenant_id: String,
    /// The token endpoint: what the `aud` claim of a self-signed assertion must name.
    pub token_endpoint: String,
}

/// Any error of a function of yours. An [`Error`] comes out unchanged; others become the cause of one.
pub type FunctionError = Box<dyn std::error::Error + Send + Sync>;

type Answer = Result<Secret, FunctionError>;

/// A function that makes client assertions. It is called once for each token request, on the thread that makes it.
#[derive(Clone)]
pub struct AssertionFn(Arc<dyn Fn(AssertionRequest) -> Answer + Send + Sync>);

/// An async function that makes client assertions. It is called once for each token request; its future ends with the
/// deadline of the call.
#[derive(Clone)]
pub struct AsyncAssertionFn(Arc<dyn Fn(AssertionRequest) -> PendingAnswer + Send + Sync>);

type PendingAnswer = Pin<Box<dyn Future<Output = Answer> + Send>>;

impl AssertionFn {
    /// Wraps a function or closure.
    #[inline]
    pub fn new(function: impl Fn(AssertionRequest) -> Answer + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }
}

impl AsyncAssertionFn {
    /// Wraps a function or closure that returns a future.
    #[inline]
    pub fn new<F: Future<Output = Answer> + Send + 'static>(
        function: impl Fn(AssertionRequest) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |wanted| Box::pin(function(wanted))))
    }
}

impl Source for AssertionFn {
    #[inline]
    fn name(&self) -> &str {
        "ClientAssertionCredential"
    }

    #[inline]
    fn configure(&mut self, _env: &Env) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        // Whoever vouches for the application, the tokens are its own.
        String::new()
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        Step::Done(
            (self.0)(wanted(request))
                .map(|text| assertion(text, moment))
                .map_err(|error| failed(error, FAILED)),
        )
    }
}

impl Source for AsyncAssertionFn {
    #[inline]
    fn name(&self) -> &str {
        "ClientAssertionCredential"
    }

    #[inline]
    fn configure(&mut self, _env: &Env) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        String::new()
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let (answer, moment) = ((self.0)(wanted(request)), moment.clone());
        let work = async move {
            answer.await.map(|text| assertion(text, &moment)).map_err(|error| failed(error, FAILED))
        };
        Step::Await(Box::pin(work), Box::new(|_, result| Step::Done(result)))
    }
}

#[inline]
fn wanted(request: &TokenRequest<'_>) -> AssertionRequest {
    AssertionRequest {
        tenant_id: request.tenant_id().unwrap_or_default().to_owned(),
        token_endpoint: request.assertion_audience().unwrap_or_default().to_owned(),
    }
}

const FAILED: &str = "the function that makes the client assertion failed";

/// The error of code that is not ours: an [`Error`] as it is, others as the cause of one.
#[inline]
pub(super) fn failed(error: FunctionError, what: &str) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(other) => {
            let cause: Arc<dyn std::error::Error + Send + Sync> = Arc::from(other);
            Error::authentication(what).with_source(cause)
        }
    }
}

impl fmt::Debug for AssertionFn {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AssertionFn")
    }
}

impl fmt::Debug for AsyncAssertionFn {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsyncAssertionFn")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::ENTROPY;
    use crate::{ClientAssertion, ErrorKind};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::UNIX_EPOCH;

    fn moment() -> Moment {
        Moment::new(UNIX_EPOCH, [7; ENTROPY])
    }

    fn first(source: impl Source) -> Step {
        let mut source = ClientAssertion::new("contoso.example", "app", source);
        source.configure(&Env::empty()).unwrap();
        source.acquire(&TokenRequest::new(&["https://vault.azure.net/.default"]), None, &moment())
    }

    #[test]
    fn the_function_is_told_tenant_and_endpoint_and_called_each_time() {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = calls.clone();
        let function = AssertionFn::new(move |wanted| {
            count.fetch_add(1, Ordering::Relaxed);
            assert_eq!(wanted.tenant_id, "contoso.example");
            Ok(wanted.token_endpoint.into())
        });
        for _ in 0..2 {
            let Step::Send(outbound, _) = first(function.clone()) else { panic!() };
            let body = String::from_utf8_lossy(outbound.request.body()).into_owned();
            assert!(
                body.contains("client_assertion=https%3A%2F%2Flogin.microsoftonline.com%2Fcontoso"),
                "{body}"
            );
        }
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn an_async_function_is_work_to_wait_for() {
        let step = first(AsyncAssertionFn::new(|_| async { Ok("jwt".into()) }));
        let Step::Await(_, then) = step else { panic!("{step:?}") };
        let step = then(moment(), Ok(assertion("jwt", &moment())));
        assert!(matches!(step, Step::Send(..)));
    }

    #[test]
    fn errors_of_the_function_come_out() {
        let own = first(AssertionFn::new(|_| Err(Error::unavailable("not today").into())));
        let Step::Done(Err(error)) = own else { panic!() };
        assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, "not today"));
        let foreign = first(AssertionFn::new(|_| Err("no key".into())));
        let Step::Done(Err(error)) = foreign else { panic!() };
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no key");
    }

    #[test]
    fn an_empty_assertion_is_not_sent() {
        let Step::Done(Err(error)) = first(AssertionFn::new(|_| Ok("".into()))) else { panic!() };
        assert!(error.to_string().contains("empty"), "{error}");
    }
}
