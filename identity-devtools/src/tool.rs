//! What all developer tools have in common: options, validation, how they are run, how their failures read.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use identity_core::effect::{Command, CommandError, CommandOutput};
use identity_core::explain::Inspection;
use identity_core::moment::Seconds;
use identity_core::scope::validate_for_tool;
use identity_core::tenant::{self, Tenancy};
use identity_core::{
    AccessToken, Env, Error, ErrorKind, Grant, Moment, Platform, Result, Source, Step, TokenRequest,
    ToolFailure,
};

use crate::kept::Kept;
use crate::output;

/// The variable that sets, in seconds, how long developer tools may run in this process, for programs whose libraries
/// hide the option. An option given to a credential wins over it.
pub const TIMEOUT_VARIABLE: &str = "AZURE_IDENTITY_PROCESS_TIMEOUT";

/// How long a tool may run in a chain, where others wait for their turn.
const IN_CHAIN: Duration = Duration::from_secs(10);

/// How long a tool may run when it is the only one: the Azure CLI has been seen to take 13 s.
const ALONE: Duration = Duration::from_secs(30);

/// What distinguishes one tool from another. Implemented in this crate only.
pub trait Tool: Clone + std::fmt::Debug + Default + Send + Sync + 'static {
    /// The name of the credential.
    const CREDENTIAL: &'static str;
    /// The name of the tool.
    const TITLE: &'static str;
    /// How the output is told to be from this tool.
    const ORIGIN: &'static str;
    /// The message if the tool is not there, with the remedy.
    const NOT_INSTALLED: &'static str;

    /// The programs that may be run, in order of preference.
    fn programs(&self, platform: Platform) -> &'static [&'static str];

    /// Files whose content says who is signed in.
    fn profile(&self, env: &Env) -> Vec<PathBuf>;

    /// Validates options of this tool alone.
    ///
    /// # Errors
    /// What is malformed.
    fn configure(&self) -> Result<()> {
        Ok(())
    }

    /// Options of this tool that change the token.
    fn partition(&self) -> String {
        String::new()
    }

    /// Why a request is refused before anything else of it is looked at; see [`Source::refuses`].
    fn refuses(&self, _request: &TokenRequest<'_>, _tenant: Option<&str>) -> Option<Error> {
        None
    }

    /// Adds arguments and variables for a request that has been validated.
    ///
    /// # Errors
    /// What this tool cannot do.
    fn command(&self, command: Command, request: &TokenRequest<'_>, tenant: Option<&str>) -> Result<Command>;

    /// Takes the token from what the tool printed. `env` is the one that the credential was built from.
    fn read(&self, output: &CommandOutput, env: &Env, moment: Moment) -> Step;
}

/// Tokens of whoever is signed in to a developer tool.
///
/// One credential runs one tool at a time, as tools that run side by side get in each other's way: requests for other scopes
/// wait for their turn. Nothing is cached by default, as the tools keep their own caches and the signed-in identity may
/// change at any time; see [`with_caching`](Self::with_caching). Claims, several scopes and other tenants are subject to
/// what each tool can do.
#[derive(Clone, Debug, Default)]
pub struct DeveloperTool<T: Tool> {
    pub(crate) tool: T,
    tenant_id: String,
    allowed_tenants: Vec<String>,
    timeout: Option<Duration>,
    program: Option<PathBuf>,
    caching: bool,
    ready: Option<Arc<Ready<T>>>,
}

/// A configured tool, shared with the steps of its flows.
#[derive(Debug)]
struct Ready<T> {
    tool: T,
    env: Env,
    tenancy: Tenancy,
    programs: Vec<String>,
    timeout: Option<Duration>,
    directory: Option<PathBuf>,
    kept: Option<Arc<Kept>>,
}

impl<T: Tool> DeveloperTool<T> {
    /// The tool with its defaults: the tenant of the signed-in identity, 10 s in a chain and 30 s outside.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks this tenant (id or domain name) in place of the signed-in identity's own. An empty text counts as none.
    #[must_use]
    #[inline]
    pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = tenant_id.into();
        self
    }

    /// Adds a tenant that requests may name besides the configured one; `*` allows every tenant.
    #[must_use]
    #[inline]
    pub fn allow_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.allowed_tenants.push(tenant.into());
        self
    }

    /// How long the tool may run; by default what [`TIMEOUT_VARIABLE`] says, else 10 s in a chain and 30 s outside.
    #[must_use]
    #[inline]
    pub const fn with_process_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Runs the program at this absolute path, in place of the one found on `PATH`.
    #[must_use]
    #[inline]
    pub fn with_program(mut self, path: impl Into<PathBuf>) -> Self {
        self.program = Some(path.into());
        self
    }

    /// Keeps tokens in this process and gives them again until 5 minutes before they expire, or until the files in
    /// which the tool notes who is signed in change, or until they are invalidated. The default is `false`.
    #[must_use]
    #[inline]
    pub const fn with_caching(mut self, caching: bool) -> Self {
        self.caching = caching;
        self
    }
}

impl<T: Tool> Source for DeveloperTool<T> {
    #[inline]
    fn name(&self) -> &str {
        T::CREDENTIAL
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        if !self.tenant_id.is_empty() {
            tenant::validate(&self.tenant_id)?;
        }
        self.tool.configure()?;
        let programs = match &self.program {
            None => self.tool.programs(env.platform()).iter().map(|name| (*name).to_owned()).collect(),
            Some(path) => match path.to_str().filter(|_| path.is_absolute()) {
                Some(path) => vec![path.to_owned()],
                None => {
                    return Err(Error::invalid_argument(format!(
                        "{} is not the absolute path of a program",
                        path.display()
                    )));
                }
            },
        };
        self.ready = Some(Arc::new(Ready {
            tool: self.tool.clone(),
            env: env.clone(),
            tenancy: Tenancy::new(&*self.tenant_id, &self.allowed_tenants, env),
            programs,
            timeout: self.timeout.map(Ok).or_else(|| timeout_of(env)).transpose()?,
            directory: safe_directory(env),
            kept: self.caching.then(|| Arc::new(Kept::new(self.tool.profile(env)))),
        }));
        Ok(())
    }

    /// Tools that run side by side get in the way of each other's cache, and fail.
    #[inline]
    fn begins_alone(&self, _request: &TokenRequest<'_>) -> bool {
        true
    }

    #[inline]
    fn partition(&self) -> String {
        format!("{}|{}|{:?}", self.tenant_id, self.tool.partition(), self.program)
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.ready.as_deref().map(|ready| &ready.tenancy)
    }

    #[inline]
    fn is_cached(&self) -> bool {
        false
    }

    #[inline]
    fn refuses(&self, request: &TokenRequest<'_>) -> Option<Error> {
        let tenant = request.tenant_id().unwrap_or(&self.tenant_id);
        let valid = tenant::validate(tenant);
        let refused = self.tool.refuses(request, Some(tenant).filter(|_| valid.is_ok()));
        // An argument of a command is looked at before anything else.
        refused.or_else(|| valid.err().filter(|_| request.tenant_id().is_some()))
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        let programs: Vec<String> = match &self.program {
            Some(path) => vec![path.display().to_string()],
            None => self.tool.programs(env.platform()).iter().map(|name| (*name).to_owned()).collect(),
        };
        Inspection::new(format!("runs {}, as whoever is signed in to {}", T::ORIGIN, T::TITLE))
            .with_variables(["PATH", TIMEOUT_VARIABLE])
            .with_files(self.tool.profile(env))
            .with_programs(programs)
    }

    #[inline]
    fn forget(&self, token: Option<&AccessToken>) -> bool {
        let kept = self.ready.as_ref().and_then(|ready| ready.kept.as_ref());
        kept.is_some_and(|kept| kept.forget(token))
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let Some(ready) = self.ready.clone() else { return Step::fail(Error::not_configured()) };
        let command = match ready.command(request) {
            Ok(command) => command,
            Err(error) => return Step::fail(error),
        };
        match &ready.kept {
            Some(kept) => {
                let (key, reads) =
                    (Kept::key(&command), request.claims().is_none() && !request.force_refresh());
                let chained = request.is_in_chain();
                kept.clone().acquire(key, reads, moment.clone(), move || ready.run(command, chained))
            }
            None => ready.run(command, request.is_in_chain()),
        }
    }
}

impl<T: Tool> Ready<T> {
    #[inline]
    fn command(&self, request: &TokenRequest<'_>) -> Result<Command> {
        let default = Some(self.tenancy.default_tenant()).filter(|tenant| !tenant.is_empty());
        let directory = self.directory.clone().ok_or_else(|| {
            Error::unavailable(
                "the variable SYSTEMROOT is not set, so that there is no safe directory to run in",
            )
        })?;
        let patience = if request.is_in_chain() { IN_CHAIN } else { ALONE };
        let command = Command::new(&self.programs, directory).with_timeout(self.timeout.unwrap_or(patience));
        self.tool.command(command, request, request.tenant_id().or(default))
    }

    #[inline]
    fn run(self: Arc<Self>, command: Command, chained: bool) -> Step {
        Step::run(command, move |moment, answer| {
            let step = match answer {
                Ok(output) if output.code == Some(127) => Step::fail(not_installed::<T>()),
                Ok(output) => self.tool.read(&output, &self.env, moment.clone()),
                Err(error) => Step::fail(not_run::<T>(error)),
            };
            step.and_then(
                move |_, result| {
                    Step::Done(match result {
                        Ok(grant) => Ok(grant.refreshing_on(None).from_origin(T::ORIGIN)),
                        // A developer's tool is never what a deployed program depends on: the chain goes on.
                        Err(error) if chained && error.kind() == ErrorKind::Authentication => {
                            Err(error.with_kind(ErrorKind::Unavailable))
                        }
                        Err(error) => Err(error),
                    })
                },
                moment,
            )
        })
    }
}

/// The only scope of a request, which is fit for a command line.
#[inline]
pub(crate) fn single_scope<'a>(request: &TokenRequest<'a>, credential: &str) -> Result<&'a str> {
    let [scope] = request.scopes() else {
        return Err(Error::invalid_argument(format!(
            "{credential} takes exactly one scope per request, and got {}",
            request.scopes().len()
        )));
    };
    validate_for_tool(scope)?;
    Ok(scope)
}

/// Refuses a request without scopes to a tool that takes one.
#[inline]
pub(crate) fn no_scope(request: &TokenRequest<'_>, credential: &str) -> Option<Error> {
    if request.scopes().is_empty() { single_scope(request, credential).err() } else { None }
}

/// The message of a tool that failed in a way nobody foresaw.
#[inline]
pub(crate) fn failed<T: Tool>(output: &CommandOutput, text: Option<String>) -> Error {
    let ended = match output.code {
        Some(code) => format!("exit code {code}"),
        None => "ended by a signal".to_owned(),
    };
    let text = text.or_else(|| output::excerpt(&output.stderr)).or_else(|| output::excerpt(&output.stdout));
    let text = text.unwrap_or_else(|| "it printed nothing".to_owned());
    Error::authentication(format!("Failed to invoke {}, {ended}: {text}", T::TITLE))
        .with_tool_failure(ToolFailure::Exit(output.code))
}

/// The message of a tool that succeeded and printed something else than a token.
#[inline]
pub(crate) fn unexpected<T: Tool>(output: &CommandOutput, problem: &str) -> Error {
    let text = output::excerpt(&output.stdout).unwrap_or_default();
    Error::authentication(format!("Unexpected output from {} ({problem}): '{text}'", T::TITLE))
        .with_tool_failure(ToolFailure::UnexpectedOutput)
}

#[inline]
pub(crate) fn not_installed<T: Tool>() -> Error {
    Error::unavailable(T::NOT_INSTALLED).with_tool_failure(ToolFailure::NotInstalled)
}

#[inline]
pub(crate) fn not_signed_in(message: impl Into<String>) -> Error {
    Error::unavailable(message).with_tool_failure(ToolFailure::NotSignedIn)
}

#[inline]
fn not_run<T: Tool>(error: CommandError) -> Error {
    let (title, program) = (T::TITLE, T::ORIGIN);
    match error {
        CommandError::NotFound => not_installed::<T>(),
        CommandError::TimedOut(limit) => Error::unavailable(format!(
            "{title} ({program}) timed out after {}: give it more time with the process timeout of the credential or \
             {TIMEOUT_VARIABLE}",
            Seconds(limit)
        ))
        .with_tool_failure(ToolFailure::TimedOut(limit)),
        CommandError::CannotExecute(cause) => {
            Error::unavailable(format!("{title} ({program}) cannot be started: {cause}"))
                .with_tool_failure(ToolFailure::CannotStart)
        }
        other => Error::unavailable(format!("{title} ({program}) {other}")),
    }
}

#[inline]
fn timeout_of(env: &Env) -> Option<Result<Duration>> {
    let text = env.non_empty(TIMEOUT_VARIABLE)?.trim();
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Some(seconds.filter(|seconds| !seconds.is_zero()).ok_or_else(|| {
        Error::invalid_argument(format!(
            "{TIMEOUT_VARIABLE} is {text:?}: set it to a number of seconds above 0"
        ))
    }))
}

/// A directory in which nobody but an administrator can plant a program.
#[inline]
fn safe_directory(env: &Env) -> Option<PathBuf> {
    match env.platform() {
        Platform::Windows => env.non_empty("SYSTEMROOT").map(PathBuf::from),
        _ => Some(PathBuf::from("/bin")),
    }
}
