//! What a source gives (`Grant`) and what a caller gets (`AccessToken`).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Secret;
use crate::describe::Identity;

/// A token without `refresh_in` from the server is refreshed at half of its life if that is at least this long.
const HALF_LIFE_FROM: Duration = Duration::from_secs(7200);

/// The answer of a [`Source`](crate::Source): an access token and what came with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Grant {
    /// The access token.
    pub access_token: Secret,
    /// How to present it; almost always `Bearer`.
    pub token_type: Cow<'static, str>,
    /// When it expires.
    pub expires_on: SystemTime,
    /// When to replace it, if the server said so or it lives two hours or more.
    pub refresh_on: Option<SystemTime>,
    /// When it was asked for.
    pub requested_on: SystemTime,
    /// Where it came from, for people: the authority's host, "Azure Arc", "az".
    pub origin: Cow<'static, str>,
    /// The refresh token, for flows that sign in a person.
    pub refresh_token: Option<Secret>,
    /// The id token, for flows that sign in a person.
    pub id_token: Option<Secret>,
    /// The `client_info` of the answer: base64url JSON with `uid` and `utid`.
    pub client_info: Option<String>,
    /// The scopes that were granted, space separated.
    pub scope: Option<String>,
    /// The family of the client (`foci`), whose refresh tokens are shared.
    pub family_id: Option<String>,
    /// The tenant whose token endpoint gave it, as it was named in the request.
    pub tenant: Option<String>,
    /// Whether it was kept since an earlier request, here or in another process, and not obtained just now.
    pub kept: bool,
}

impl Grant {
    /// A bearer token asked for at `requested_on`.
    pub fn new(access_token: impl Into<Secret>, expires_on: SystemTime, requested_on: SystemTime) -> Self {
        Self {
            access_token: access_token.into(),
            token_type: Cow::Borrowed("Bearer"),
            expires_on,
            refresh_on: half_life(requested_on, expires_on),
            requested_on,
            origin: Cow::Borrowed("unknown"),
            refresh_token: None,
            id_token: None,
            client_info: None,
            scope: None,
            family_id: None,
            tenant: None,
            kept: false,
        }
    }

    /// Takes over what the answer to a refresh may leave out: a service that does not rotate refresh tokens, or does not
    /// repeat who the person is.
    #[must_use]
    #[inline]
    pub fn continuing(mut self, previous: &Self) -> Self {
        self.refresh_token = self.refresh_token.or_else(|| previous.refresh_token.clone());
        self.id_token = self.id_token.or_else(|| previous.id_token.clone());
        self.client_info = self.client_info.or_else(|| previous.client_info.clone());
        self.family_id = self.family_id.or_else(|| previous.family_id.clone());
        self
    }

    /// Names where the token came from.
    #[must_use]
    pub fn from_origin(mut self, origin: impl Into<Cow<'static, str>>) -> Self {
        self.origin = origin.into();
        self
    }

    /// Sets when to replace the token, in place of the half-life rule.
    #[must_use]
    pub const fn refreshing_on(mut self, refresh_on: Option<SystemTime>) -> Self {
        self.refresh_on = refresh_on;
        self
    }
}

/// Half of the life of a long-lived token.
pub(crate) fn half_life(requested_on: SystemTime, expires_on: SystemTime) -> Option<SystemTime> {
    let lifetime = expires_on.duration_since(requested_on).ok()?;
    (lifetime >= HALF_LIFE_FROM).then(|| requested_on + lifetime / 2)
}

/// An access token and what is known of it. Cloning is cheap; `Debug` does not show the token.
#[derive(Clone)]
pub struct AccessToken {
    handle: Arc<Handle>,
    from_cache: bool,
}

/// One of several reference counts that lead to the same token. Threads on different handles do not contend; the
/// padding keeps the counts of neighbours on different cache lines.
pub(crate) struct Handle {
    data: Arc<TokenData>,
    _padding: [u8; 104],
}

impl Handle {
    pub(crate) fn new(data: Arc<TokenData>) -> Arc<Self> {
        Arc::new(Self { data, _padding: [0; 104] })
    }
}

/// The token itself, shared by all handles.
pub(crate) struct TokenData {
    pub(crate) secret: Secret,
    pub(crate) token_type: Cow<'static, str>,
    pub(crate) expires_on: SystemTime,
    pub(crate) refresh_on: Option<SystemTime>,
    pub(crate) obtained_on: Option<SystemTime>,
    pub(crate) origin: Cow<'static, str>,
    pub(crate) credential: Arc<str>,
}

impl TokenData {
    pub(crate) fn new(grant: &Grant, credential: Arc<str>) -> Self {
        Self {
            secret: grant.access_token.clone(),
            token_type: grant.token_type.clone(),
            expires_on: grant.expires_on,
            refresh_on: grant.refresh_on,
            obtained_on: Some(grant.requested_on),
            origin: grant.origin.clone(),
            credential,
        }
    }
}

impl AccessToken {
    /// A token made by a credential of your own, named `credential`, which knows no more of it.
    pub fn new(secret: impl Into<Secret>, expires_on: SystemTime, credential: &str) -> Self {
        let grant = Grant::new(secret, expires_on, UNIX_EPOCH).refreshing_on(None).from_origin("custom");
        let data = TokenData { obtained_on: None, ..TokenData::new(&grant, Arc::from(credential)) };
        Self { handle: Handle::new(Arc::new(data)), from_cache: false }
    }

    /// The token of a grant, obtained by a credential of your own, named `credential`.
    pub fn from_grant(grant: &Grant, credential: &str) -> Self {
        Self::of(grant, Arc::from(credential))
    }

    pub(crate) fn of(grant: &Grant, credential: Arc<str>) -> Self {
        Self { handle: Handle::new(Arc::new(TokenData::new(grant, credential))), from_cache: grant.kept }
    }

    pub(crate) const fn from_handle(handle: Arc<Handle>, from_cache: bool) -> Self {
        Self { handle, from_cache }
    }

    /// As the answer to the call that brought it.
    pub(crate) const fn brought(mut self, kept: bool) -> Self {
        self.from_cache = kept;
        self
    }

    /// The token text, to be sent as `Authorization: Bearer ...`. Whoever calls this is responsible for where it goes.
    pub fn secret(&self) -> &str {
        self.handle.data.secret.expose()
    }

    /// How to present the token; almost always `Bearer`.
    pub fn token_type(&self) -> &str {
        &self.handle.data.token_type
    }

    /// When the token expires.
    pub fn expires_on(&self) -> SystemTime {
        self.handle.data.expires_on
    }

    /// When the token should be replaced, where the server said so or the token lives two hours or more.
    pub fn refresh_on(&self) -> Option<SystemTime> {
        self.handle.data.refresh_on
    }

    /// When the token was asked for; `None` where a credential of your own does not say.
    pub fn obtained_on(&self) -> Option<SystemTime> {
        self.handle.data.obtained_on
    }

    /// The credential that obtained the token, such as `ClientSecretCredential`; in a chain, the member.
    pub fn credential(&self) -> &str {
        &self.handle.data.credential
    }

    /// Where the credential had it from: the authority's host, `Azure Arc`, `az`, ...
    pub fn origin(&self) -> &str {
        &self.handle.data.origin
    }

    /// Whether this call was answered from a cache: in memory, persistent, or of tokens kept for a developer tool.
    pub const fn is_from_cache(&self) -> bool {
        self.from_cache
    }

    /// Who the token is for, read from the token without validating it: only its audience can do that, and some
    /// services encrypt their tokens. `None` if the token is not a readable JWT.
    pub fn describe(&self) -> Option<Identity> {
        Identity::of_jwt(self.secret())
    }

    pub(crate) fn same_secret(&self, data: &TokenData) -> bool {
        self.handle.data.secret == data.secret
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("secret", &self.handle.data.secret)
            .field("token_type", &self.token_type())
            .field("expires_on", &self.expires_on())
            .field("refresh_on", &self.refresh_on())
            .field("credential", &self.credential())
            .field("origin", &self.origin())
            .field("from_cache", &self.from_cache)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hours_is_where_the_half_life_rule_begins() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(Grant::new("t", at(7199), at(0)).refresh_on, None);
        assert_eq!(Grant::new("t", at(7200), at(0)).refresh_on, Some(at(3600)));
    }

    #[test]
    fn debug_does_not_show_the_token() {
        let token = AccessToken::new("hunter2", UNIX_EPOCH, "Test");
        assert!(!format!("{token:?}").contains("hunter2"));
    }
}
