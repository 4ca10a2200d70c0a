//! Resources: the APIs that tokens are for.

/// Which claims and which form of `aud` a resource's tokens have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenVersion {
    /// `appid`, `upn`, `iss` at `sts.windows.net`, `aud` as requested. Azure's own services.
    V1,
    /// `azp`, `preferred_username`, `aud` is the resource's application id.
    V2,
}

/// An API that applications may ask tokens for.
#[derive(Clone, Debug)]
pub struct Resource {
    app_id: String,
    identifiers: Vec<String>,
    version: TokenVersion,
}

/// What a token for a requested resource says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Audience {
    /// The `aud` claim.
    pub(in super::super) value: String,
    /// The resource as one name, whichever identifier was used.
    pub(in super::super) app_id: String,
    pub(in super::super) version: TokenVersion,
}

impl Resource {
    /// A resource of this application id and identifier URI, with version 1 tokens.
    #[must_use]
    pub fn new(app_id: impl Into<String>, identifier: impl Into<String>) -> Self {
        Self { app_id: app_id.into(), identifiers: vec![identifier.into()], version: TokenVersion::V1 }
    }

    /// Adds another identifier URI.
    #[must_use]
    pub fn identifier(mut self, identifier: impl Into<String>) -> Self {
        self.identifiers.push(identifier.into());
        self
    }

    /// The version of its tokens.
    #[must_use]
    pub fn version(mut self, version: TokenVersion) -> Self {
        self.version = version;
        self
    }

    /// The application id.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// Identifiers differ by more than case and a final slash.
    pub(super) fn is_called(&self, identifier: &str) -> bool {
        let bare = identifier.trim_end_matches('/');
        self.app_id.eq_ignore_ascii_case(bare)
            || self.identifiers.iter().any(|known| known.trim_end_matches('/').eq_ignore_ascii_case(bare))
    }

    pub(super) fn audience(&self, requested: &str) -> Audience {
        match self.version {
            TokenVersion::V1 => {
                Audience { value: requested.into(), app_id: self.app_id.clone(), version: self.version }
            }
            TokenVersion::V2 => Audience::version_2(&self.app_id),
        }
    }
}

impl Audience {
    pub(super) fn version_2(app_id: &str) -> Self {
        Self { value: app_id.into(), app_id: app_id.into(), version: TokenVersion::V2 }
    }
}
