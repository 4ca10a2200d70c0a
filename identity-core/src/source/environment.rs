//! Who environment variables say it is: an application with a secret or a certificate, or a person with a password.

use std::fmt;

use super::client_secret::ClientSecret;
use crate::client::ClientOptions;
use crate::explain::Inspection;
use crate::source::Source;
use crate::tenant::Tenancy;
use crate::{Env, Error, Grant, Moment, Result, Step, TokenRequest};

const TENANT: &str = "AZURE_TENANT_ID";
const CLIENT: &str = "AZURE_CLIENT_ID";
const SECRET: &str = "AZURE_CLIENT_SECRET";
const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";

/// What may come with a certificate.
const CERTIFICATE_PASSWORD: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
const CERTIFICATE_CHAIN: &str = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN";

const USERNAME: &str = "AZURE_USERNAME";
const PASSWORD: &str = "AZURE_PASSWORD";

/// Every variable of a group, and what it holds.
const VARIABLES: [(&str, &str); 6] = [
    (TENANT, "tenant_id"),
    (CLIENT, "client_id"),
    (SECRET, "client_secret"),
    (CERTIFICATE, "certificate_path"),
    (USERNAME, "username"),
    (PASSWORD, "password"),
];

/// The variables that together are enough, the first group first.
const GROUPS: [&[&str]; 3] =
    [&[TENANT, CLIENT, SECRET], &[TENANT, CLIENT, CERTIFICATE], &[CLIENT, USERNAME, PASSWORD]];

const GUIDE: &str = "https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential";

/// Tokens for whom the environment describes. The first complete group of variables counts:
///
/// 1. `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`;
/// 2. `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_CERTIFICATE_PATH`, with `AZURE_CLIENT_CERTIFICATE_PASSWORD` if
///    the file has one and `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN` (`1` or `true`) to send the chain along; this needs the
///    feature `certificate`;
/// 3. `AZURE_CLIENT_ID`, `AZURE_USERNAME`, `AZURE_PASSWORD`, with or without `AZURE_TENANT_ID`. Deprecated, as a password
///    cannot do a second factor.
///
/// A variable that is set but empty completes no group; if it is all that keeps one from being complete, it is an error.
/// Without any complete group the credential is unavailable, and says which variables it found.
pub struct Environment {
    options: ClientOptions,
    chosen: Option<Box<dyn Source>>,
    problem: String,
}

impl Environment {
    /// The variables that the credential is built with.
    #[inline]
    pub fn new() -> Self {
        Self { options: ClientOptions::new(), chosen: None, problem: String::new() }
    }

    /// Authority, further tenants, retry, region.
    #[must_use]
    #[inline]
    pub fn with_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }

    #[inline]
    fn choose(&self, env: &Env) -> Result<Option<Box<dyn Source>>> {
        let value = |name| env.non_empty(name).unwrap_or_default();
        let group = GROUPS.iter().find(|group| group.iter().all(|name| env.non_empty(name).is_some()));
        let (tenant, client, options) = (value(TENANT), value(CLIENT), self.options.clone());
        Ok(Some(match group.and_then(|group| group.last()) {
            Some(&SECRET) => Box::new(ClientSecret::new(tenant, client, value(SECRET)).with_options(options)),
            Some(&CERTIFICATE) => certificate(tenant, client, value(CERTIFICATE), options, env)?,
            Some(_) => person(client, value(USERNAME), value(PASSWORD), options, env),
            None => return Ok(None),
        }))
    }
}

impl Default for Environment {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl Source for Environment {
    #[inline]
    fn name(&self) -> &str {
        "EnvironmentCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        self.chosen = self.choose(env)?;
        if let Some(chosen) = &mut self.chosen {
            log::debug!("EnvironmentCredential uses {}", chosen.name());
            if chosen.name() == "UsernamePasswordCredential" {
                log::warn!("{USERNAME} and {PASSWORD} are deprecated: a password cannot do a second factor");
            }
            return chosen.configure(env);
        }
        if let Some((variable, name)) = only_empty(env) {
            return Err(Error::invalid_argument(format!(
                "{name} is empty: {variable} is set without a value; give it one, or unset it"
            )));
        }
        let found =
            VARIABLES.iter().map(|(variable, _)| *variable).filter(|name| env.non_empty(name).is_some());
        let found: Vec<&str> = found.collect();
        self.problem = if found.is_empty() {
            "none is set".to_owned()
        } else {
            // With a federated token they are meant for workload identity.
            let usual = env.non_empty("AZURE_FEDERATED_TOKEN_FILE").is_some();
            let level = if usual { log::Level::Debug } else { log::Level::Warn };
            log::log!(level, "EnvironmentCredential: {} is set, which is not enough", found.join(", "));
            format!("only {} is set", found.join(", "))
        };
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        let chosen = self.chosen.as_deref();
        chosen.map(|chosen| format!("{}|{}", chosen.name(), chosen.partition())).unwrap_or_default()
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.chosen.as_deref()?.tenancy()
    }

    #[cfg(feature = "persistent-cache")]
    #[inline]
    fn owner(&self, request: &TokenRequest<'_>, previous: Option<&Grant>) -> Option<crate::store::Owner> {
        self.chosen.as_ref()?.owner(request, previous)
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        let complete = |group: &&&[&str]| group.iter().all(|name| env.non_empty(name).is_some());
        let inspection = match GROUPS.iter().find(complete) {
            Some(group) => {
                let inspection = Inspection::new(format!("as {} describe", group.join(", ")));
                match self.choose(env) {
                    Ok(Some(chosen)) => inspection.besides(chosen.inspect(env)),
                    _ => inspection,
                }
            }
            None => match only_empty(env) {
                // Somebody configured it: going on could succeed with an identity that nobody meant.
                Some((variable, _)) => Inspection::new(format!("fails: {variable} is set without a value")),
                None => Inspection::absent(format!(
                    "no complete set of variables: {TENANT}, {CLIENT} and {SECRET}, for one"
                )),
            },
        };
        let inspection = inspection.with_variables(VARIABLES.map(|(name, _)| name));
        match env.non_empty(CERTIFICATE) {
            Some(_) => inspection.with_variables([CERTIFICATE_PASSWORD, CERTIFICATE_CHAIN]),
            None => inspection,
        }
    }

    #[inline]
    fn refuses(&self, request: &TokenRequest<'_>) -> Option<Error> {
        match &self.chosen {
            Some(chosen) => chosen.refuses(request),
            None => Some(self.incomplete()),
        }
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        match &self.chosen {
            Some(chosen) => chosen.acquire(request, previous, moment),
            None => Step::fail(self.incomplete()),
        }
    }
}

impl Environment {
    #[inline]
    fn incomplete(&self) -> Error {
        Error::unavailable(format!(
            "Environment variables are not fully configured ({}): set {TENANT}, {CLIENT} and either {SECRET} or \
             {CERTIFICATE}, see {GUIDE}",
            self.problem
        ))
    }
}

/// The empty variable that alone keeps a group from being complete, and what it holds.
#[inline]
fn only_empty(env: &Env) -> Option<(&'static str, &'static str)> {
    let present = |group: &&[&str]| group.iter().all(|name| env.get(name).is_some());
    let group = GROUPS.into_iter().find(present)?;
    VARIABLES.into_iter().find(|(name, _)| group.contains(name) && env.non_empty(name).is_none())
}

#[allow(deprecated, reason = "the variables are deprecated with the type")]
#[inline]
fn person(
    client: &str,
    username: &str,
    password: &str,
    options: ClientOptions,
    env: &Env,
) -> Box<dyn Source> {
    let source = super::UsernamePassword::new(client, username, password).with_options(options);
    Box::new(match env.non_empty(TENANT) {
        Some(tenant) => source.with_tenant_id(tenant),
        None => source,
    })
}

#[cfg(feature = "certificate")]
#[inline]
fn certificate(
    tenant: &str,
    client: &str,
    path: &str,
    options: ClientOptions,
    env: &Env,
) -> Result<Box<dyn Source>> {
    let chain = env.non_empty(CERTIFICATE_CHAIN);
    let chain = chain.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
    let mut source = super::ClientCertificate::from_file(tenant, client, path).with_certificate_chain(chain);
    if let Some(password) = env.non_empty(CERTIFICATE_PASSWORD) {
        source = source.with_password(password);
    }
    Ok(Box::new(source.with_options(options)))
}

/// Passing the certificate over could lead a chain to an identity that nobody meant.
#[cfg(not(feature = "certificate"))]
#[inline]
fn certificate(_: &str, _: &str, _: &str, _: ClientOptions, _: &Env) -> Result<Box<dyn Source>> {
    Err(Error::invalid_argument(format!(
        "{CERTIFICATE} is set, but certificates are not compiled in: enable the feature `certificate`, or unset it"
    )))
}

impl fmt::Debug for Environment {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("chosen", &self.chosen.as_deref().map(Source::name))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::moment::ENTROPY;
    use std::time::UNIX_EPOCH;

    fn first(variables: &[(&str, &str)]) -> Result<Step> {
        let mut source = Environment::new();
        source.configure(&variables.iter().copied().collect())?;
        let moment = Moment::new(UNIX_EPOCH, [7; ENTROPY]);
        Ok(source.acquire(&TokenRequest::new(&["scope"]), None, &moment))
    }

    #[test]
    fn the_secret_comes_first() {
        let step = first(&[(TENANT, "t"), (CLIENT, "c"), (SECRET, "s3cret"), (CERTIFICATE, "/x.pem")]);
        let Ok(Step::Send(outbound, _)) = step else { panic!("{step:?}") };
        assert!(String::from_utf8_lossy(outbound.request.body()).contains("client_secret=s3cret"));
    }

    #[test]
    fn the_certificate_comes_next_even_if_the_secret_is_there_but_empty() {
        let step = first(&[(TENANT, "t"), (CLIENT, "c"), (SECRET, ""), (CERTIFICATE, "/x.pem")]);
        if cfg!(feature = "certificate") {
            assert!(matches!(step, Ok(Step::Read(..))));
        } else {
            assert!(step.unwrap_err().to_string().contains("feature `certificate`"));
        }
    }

    #[test]
    fn a_partial_set_is_unavailable_and_names_what_was_found() {
        let all = [(TENANT, "t"), (CLIENT, "c"), (SECRET, "s"), (CERTIFICATE, "p")];
        for left_out in [0b1111u8, 0b1110, 0b1101, 0b1011, 0b0111, 0b1100, 0b0001, 0b0010, 0b0011] {
            let set: Vec<_> =
                all.iter().enumerate().filter(|(at, _)| left_out >> at & 1 == 0).map(|(_, v)| *v).collect();
            let Ok(Step::Done(Err(error))) = first(&set) else { panic!("{left_out:b}") };
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            for (name, _) in &set {
                assert!(error.to_string().contains(name), "{error}");
            }
        }
        let Ok(Step::Done(Err(error))) = first(&[]) else { panic!() };
        assert!(error.to_string().contains("none is set"), "{error}");
    }

    #[test]
    fn an_empty_variable_that_is_all_that_is_missing_is_named() {
        for empty in [TENANT, CLIENT, SECRET] {
            let set = [TENANT, CLIENT, SECRET].map(|name| (name, if name == empty { "" } else { "x" }));
            let error = first(&set).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.to_string().contains(empty), "{error}");
        }
    }
}
