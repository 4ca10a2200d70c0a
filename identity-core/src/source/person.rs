//! What credentials that sign in a person share: whose session it is, silent first and then the person, never a loop.

use std::sync::atomic::{AtomicU64, Ordering};

use super::refresh::{SIGN_IN_SCOPES, needs_person, refresh};
use crate::client::{Client, ClientOptions};
use crate::explain::Inspection;
use crate::request::OwnedRequest;
use crate::{Account, AuthenticationRecord, Env, Error, Grant, Moment, Result, Source, Step, TokenRequest};

/// The application of Azure developer tools, which every tenant knows.
pub(crate) const DEVELOPER_CLIENT_ID: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// A source that signs in a person, so that credentials made of it have `authenticate`.
pub trait SignsIn: Source {
    /// The scope that `authenticate` asks for when it is given none: management of the cloud.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) for a cloud that is not known, which needs scopes.
    fn management_scope(&self) -> Result<&'static str>;
}

/// Whom to sign in, for which application, and whether unasked.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) tenant_id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) record: Option<AuthenticationRecord>,
    pub(crate) options: ClientOptions,
    pub(crate) automatic: bool,
    client: Option<Client>,
    session: u64,
}

impl Person {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            tenant_id: None,
            client_id: None,
            record: None,
            options: ClientOptions::new(),
            automatic: true,
            client: None,
            session: 0,
        }
    }

    /// A record decides client and authority; a tenant given by the caller wins over the record's.
    #[inline]
    pub(crate) fn configure(&mut self, env: &Env) -> Result<()> {
        // Every credential is a session of its own: nobody gets what somebody else signed in for.
        static SESSIONS: AtomicU64 = AtomicU64::new(1);
        self.session = SESSIONS.fetch_add(1, Ordering::Relaxed);
        let mut options = self.options.clone();
        let record = self.record.as_ref();
        if let Some(record) = record {
            options.authority = Some(record.authority.clone());
        }
        let tenant = self.tenant_id.as_deref().or_else(|| record.map(|record| record.tenant_id.as_str()));
        let given = record.map(|record| record.client_id.as_str()).or(self.client_id.as_deref());
        let client_id = given.unwrap_or(DEVELOPER_CLIENT_ID);
        self.client = Some(Client::of_people(tenant.unwrap_or("organizations"), client_id, &options, env)?);
        Ok(())
    }

    /// A record decides the authority here as well.
    #[inline]
    pub(crate) fn inspection(&self, env: &Env, plan: &str) -> Inspection {
        let mut options = self.options.clone();
        options.authority = self.record.as_ref().map(|record| record.authority.clone()).or(options.authority);
        options.inspection_of_people(env, plan)
    }

    #[inline]
    pub(crate) fn client(&self) -> Result<&Client> {
        self.client.as_ref().ok_or_else(Error::not_configured)
    }

    #[inline]
    pub(crate) fn partition(&self) -> String {
        let client = self.client.as_ref().map(Client::partition).unwrap_or_default();
        format!("{client}|{}", self.session)
    }

    #[inline]
    pub(crate) fn tenancy(&self) -> Option<&crate::tenant::Tenancy> {
        self.client.as_ref().map(Client::tenancy)
    }

    /// The person of this session, else the one of the record: nobody else's tokens are touched.
    #[cfg(feature = "persistent-cache")]
    #[inline]
    pub(crate) fn owner(
        &self,
        request: &TokenRequest<'_>,
        previous: Option<&Grant>,
    ) -> Option<crate::store::Owner> {
        Some(self.client.as_ref()?.owner(request, holder(previous, self.record.as_ref())))
    }

    #[inline]
    pub(crate) fn management_scope(&self) -> Result<&'static str> {
        self.client()?.authority().management_scope().ok_or_else(|| {
            Error::unavailable(
                "the management scope of this cloud is not known: pass the scopes to sign in for",
            )
        })
    }

    /// Whether the person may be asked for the sake of a request.
    #[inline]
    pub(crate) const fn may_ask(&self, request: &TokenRequest<'_>) -> bool {
        !request.is_early() && (self.automatic || request.is_prompt_allowed())
    }

    /// With the refresh token of this session first; then, where that is refused, with the person, once, and with the
    /// claims that the refusal asked for.
    #[inline]
    pub(crate) fn acquire(
        &self,
        request: &TokenRequest<'_>,
        previous: Option<&Grant>,
        moment: &Moment,
        sign_in: impl FnOnce(OwnedRequest, Moment) -> Step + Send + 'static,
    ) -> Step {
        let client = match self.client() {
            Ok(client) => client,
            Err(error) => return Step::fail(error),
        };
        let may_ask = self.may_ask(request);
        let owned = OwnedRequest::new(request);
        refresh(
            client,
            request,
            previous,
            &SIGN_IN_SCOPES,
            |form| form,
            moment,
            move |moment, silent| {
                let refused = match silent {
                    Some(Err(error)) if needs_person(&error) => Some(error),
                    Some(result) => return Step::Done(result),
                    None => None,
                };
                if !may_ask {
                    return Step::fail(interaction_required(&owned, refused));
                }
                let owned = owned.with_claims(refused.as_ref().and_then(Error::claims));
                sign_in(owned, moment.clone())
                    .and_then(|_, result| Step::Done(result.and_then(named)), moment)
            },
        )
    }
}

#[cfg(feature = "persistent-cache")]
#[inline]
pub(crate) fn holder(
    previous: Option<&Grant>,
    record: Option<&AuthenticationRecord>,
) -> crate::store::Holder {
    use crate::store::Holder;

    let session =
        previous.and_then(|grant| Account::of_grant(grant).ok()).map(|account| account.home_account_id);
    let known = session.or_else(|| record.map(|record| record.home_account_id.clone()));
    known.map_or(Holder::Unknown, Holder::Person)
}

/// A sign-in must say whose it is: without that, nobody could tell two people apart later.
#[inline]
fn named(grant: Grant) -> Result<Grant> {
    Account::of_grant(&grant)?;
    Ok(grant)
}

#[inline]
fn interaction_required(request: &OwnedRequest, refused: Option<Error>) -> Error {
    request.with(|request| {
        let claims = refused.as_ref().and_then(Error::claims).or(request.claims());
        let text =
            "a person must sign in, and this credential was told not to ask by itself: call `authenticate`";
        let error = Error::interaction_required(text, request.scopes(), claims);
        match refused.as_ref().and_then(Error::service) {
            Some(service) => error.with_service(service.clone()),
            None => error,
        }
    })
}
