//! Tokens kept for a tool on request, and dropped as soon as the tool's notes about who is signed in change.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use identity_core::effect::{Command, FileRead};
use identity_core::{AccessToken, Grant, Moment, Step};

/// A token is given again until this long before it expires.
const MARGIN: Duration = Duration::from_secs(300);

/// The largest profile that is compared, in bytes.
const PROFILE_LIMIT: usize = 1024 * 1024;

/// Hashes of the profile's files; those that do not exist are `None`.
type Profile = Vec<Option<u64>>;

/// Goes on when the profile has been read; `None` if it cannot say who is signed in.
type WithProfile = Box<dyn FnOnce(Moment, Option<Profile>) -> Step + Send>;

/// Tokens by the command that obtained them, all for the identities of one state of the profile.
#[derive(Debug)]
pub(crate) struct Kept {
    files: Vec<PathBuf>,
    hasher: RandomState,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    profile: Profile,
    grants: HashMap<String, Grant>,
}

impl Kept {
    #[inline]
    pub(crate) fn new(files: Vec<PathBuf>) -> Self {
        Self { files, hasher: RandomState::new(), state: Mutex::default() }
    }

    /// Drops a token, or all of them, and says whether there was one.
    #[inline]
    pub(crate) fn forget(&self, token: Option<&AccessToken>) -> bool {
        let mut state = self.lock();
        let before = state.grants.len();
        let stays = |grant: &Grant| token.is_some_and(|it| it.secret() != grant.access_token.expose());
        state.grants.retain(|_, grant| stays(grant));
        state.grants.len() < before
    }

    /// What distinguishes tokens.
    #[inline]
    pub(crate) fn key(command: &Command) -> String {
        command.arguments.join("\0")
    }

    /// The kept token, if `reads` and the profile is what it was; else that of `run`, which is then kept.
    #[inline]
    pub(crate) fn acquire(
        self: Arc<Self>,
        key: String,
        reads: bool,
        moment: Moment,
        run: impl FnOnce() -> Step + Send + 'static,
    ) -> Step {
        let kept = self.clone();
        let then = move |moment: Moment, before: Option<Profile>| {
            let Some(before) = before else { return run() };
            if let Some(grant) = kept.find(&key, &before, &moment).filter(|_| reads) {
                return Step::Done(Ok(grant));
            }
            run().and_then(
                move |moment, result| match result {
                    Ok(grant) => kept.keep(key, before, grant, moment),
                    Err(error) => Step::fail(error),
                },
                moment,
            )
        };
        self.profile(Vec::new(), moment, Box::new(then))
    }

    /// Keeps a token, unless somebody signed in meanwhile: then nobody knows whose it is.
    #[inline]
    fn keep(self: Arc<Self>, key: String, before: Profile, grant: Grant, moment: Moment) -> Step {
        let kept = self.clone();
        let then = move |_, after: Option<Profile>| {
            let mut state = kept.lock();
            if after.as_ref() == Some(&before) && state.profile == before {
                state.grants.insert(key, grant.clone());
            }
            drop(state);
            Step::Done(Ok(grant))
        };
        self.profile(Vec::new(), moment, Box::new(then))
    }

    /// The token kept for a command under this very profile. Tokens of another profile are forgotten.
    #[inline]
    fn find(&self, key: &str, profile: &Profile, moment: &Moment) -> Option<Grant> {
        let mut state = self.lock();
        if state.profile != *profile {
            *state = State { profile: profile.clone(), grants: HashMap::new() };
        }
        state.grants.retain(|_, grant| grant.expires_on > moment.now() + MARGIN);
        state.grants.get(key).map(|grant| {
            let mut grant = grant.clone();
            grant.kept = true;
            grant
        })
    }

    /// Reads the files one after another.
    #[inline]
    fn profile(self: Arc<Self>, mut read: Profile, moment: Moment, then: WithProfile) -> Step {
        let Some(path) = self.files.get(read.len()) else {
            let known = read.iter().any(Option::is_some);
            return then(moment, known.then_some(read));
        };
        Step::read(FileRead::new(path, PROFILE_LIMIT), move |moment, content| {
            match content {
                Ok(content) => read.push(Some(self.hasher.hash_one(content))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => read.push(None),
                Err(error) => {
                    log::debug!(
                        "a developer tool's tokens are not kept: its profile cannot be read: {error}"
                    );
                    return then(moment, None);
                }
            }
            self.profile(read, moment, then)
        })
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
