//! What happens in one run, drawn from its seed: credentials, their callers, and what befalls them.

use std::time::Duration;

use identity_core::TokenRequest;

use super::rng::Rng;

/// One run.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) credentials: Vec<CredentialPlan>,
    /// The capacity of each cache.
    pub(super) caches: Vec<usize>,
    /// What happens, and how many milliseconds after the action before it.
    pub(super) actions: Vec<(u64, Action)>,
    /// Of a hundred answers, how many are faults.
    pub(super) trouble: u64,
    /// Of a hundred attempts to run something in the background, how many fail.
    pub(super) spawn_trouble: u64,
    /// The shortest life of a token, in seconds.
    pub(super) life: u64,
    /// Whether credentials are closed at the end, or only dropped.
    pub(super) closes: bool,
}

/// One credential. Two with the same cache and client share tokens and flights.
#[derive(Clone, Copy, Debug)]
pub(super) struct CredentialPlan {
    pub(super) cache: usize,
    pub(super) client: usize,
    pub(super) inline: bool,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Call(usize, Asked),
    /// Drops the future of the `n`th call from the end. The blocking flavour has nothing like it.
    Cancel(usize),
    /// Holds a future for a while without polling it, as a `select!` does. Async only.
    Freeze(usize),
    Thaw,
    /// Sets the wall clock, by milliseconds.
    SetClock(i64),
    Close(usize),
    /// Drops the handle of the owner; callers keep theirs.
    Drop(usize),
    Invalidate(usize, Asked),
    Clear(usize),
}

/// What a caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) scope: usize,
    pub(super) tenant: usize,
    pub(super) claims: bool,
    pub(super) forced: bool,
    /// In milliseconds.
    pub(super) deadline: Option<u64>,
}

const SCOPES: [&[&str]; 3] = [&["https://a.example/.default"], &["https://b.example/.default"], &["c", "d"]];
const TENANTS: [Option<&str>; 2] = [None, Some("guest.example")];

impl Asked {
    pub(super) fn request(&self) -> TokenRequest<'static> {
        let mut request = TokenRequest::new(SCOPES[self.scope]);
        if let Some(tenant) = TENANTS[self.tenant] {
            request = request.with_tenant_id(tenant);
        }
        if self.claims {
            request = request.with_claims(r#"{"access_token":{"nbf":{"essential":true}}}"#);
        }
        if let Some(deadline) = self.deadline {
            request = request.with_deadline(Duration::from_millis(deadline));
        }
        request.with_force_refresh(self.forced)
    }

    /// What a source was asked for.
    pub(super) fn of(request: &TokenRequest<'_>) -> Self {
        let position = |found: Option<usize>| found.unwrap_or_default();
        Self {
            scope: position(SCOPES.iter().position(|scopes| *scopes == request.scopes())),
            tenant: position(TENANTS.iter().position(|tenant| *tenant == request.tenant_id())),
            claims: request.claims().is_some(),
            forced: request.force_refresh(),
            deadline: request.deadline().and_then(|deadline| u64::try_from(deadline.as_millis()).ok()),
        }
    }

    /// Whether a cached token may answer.
    pub(super) const fn reads_cache(&self) -> bool {
        !self.claims && !self.forced
    }

    /// The longest that the call may take, in milliseconds.
    pub(super) fn budget(&self) -> u64 {
        self.deadline.unwrap_or(120_000)
    }
}

impl Plan {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let caches: Vec<usize> = (0..=rng.below(2)).map(|_| rng.pick(&[1, 3, 100, 100])).collect();
        let credentials: Vec<CredentialPlan> = (0..=rng.below(3))
            .map(|_| CredentialPlan {
                cache: rng.index(caches.len()),
                client: rng.index(2),
                inline: rng.chance(1, 4),
            })
            .collect();
        let keys = rng.pick(&[1, 2, 3]);
        let tenants = rng.pick(&[1, 1, 2]);
        let pace = rng.pick(&[1, 500, 5_000, 60_000]);
        let spawn_trouble = rng.pick(&[0, 0, 0, 20]);
        let actions = (0..6 + rng.below(14))
            .map(|_| {
                let pause = if rng.chance(1, 3) { 0 } else { rng.below(pace) };
                (pause, Action::draw(rng, credentials.len(), keys, tenants))
            })
            // Whether a credential counts as used is not seen from outside where its first task could not be run.
            .filter(|(_, action)| spawn_trouble == 0 || !matches!(action, Action::Drop(_)))
            .collect();
        Self {
            credentials,
            caches,
            actions,
            trouble: rng.pick(&[0, 10, 30, 70]),
            spawn_trouble,
            life: rng.pick(&[5, 31, 300, 3600]),
            closes: spawn_trouble > 0 || rng.chance(2, 3),
        }
    }
}

impl Action {
    fn draw(rng: &mut Rng, credentials: usize, keys: usize, tenants: usize) -> Self {
        let credential = rng.index(credentials);
        let asked = Asked {
            scope: rng.index(keys),
            tenant: rng.index(tenants),
            claims: rng.chance(1, 12),
            forced: rng.chance(1, 12),
            deadline: rng.pick(&[None, None, None, Some(1_000), Some(20_000), Some(50_000)]),
        };
        match rng.below(32) {
            0..=20 => Self::Call(credential, asked),
            21..=22 => Self::Cancel(rng.index(4)),
            23..=24 => Self::Freeze(rng.index(4)),
            25 => Self::Thaw,
            26..=27 => {
                Self::SetClock(rng.pick(&[-7_200_000, -90_000, -5_000, 4_000, 40_000, 400_000, 7_200_000]))
            }
            28 => Self::Close(credential),
            29 => Self::Drop(credential),
            30 => Self::Invalidate(credential, asked),
            _ => Self::Clear(credential),
        }
    }
}
