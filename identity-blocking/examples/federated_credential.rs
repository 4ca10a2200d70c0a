//! A federated credential of one's own: GitLab CI puts an ID token into a variable of the job, and Entra trusts its issuer.

use std::error::Error as StdError;
use std::time::Duration;

use identity_blocking::{
    ClientAssertion, ClientOptions, Credential, Env, Error, Grant, Moment, Result, Secret, Source, Step,
    TokenRequest, Transport,
};
use identity_testing::emulator::{Emulator, FEDERATED_APP};

const VARIABLE: &str = "GITLAB_OIDC_TOKEN";

/// Gives the job's ID token as an assertion. `ClientAssertion` does the rest: request, errors, tenants, cache.
#[derive(Default)]
struct GitLabToken(Option<Secret>);

impl Source for GitLabToken {
    fn name(&self) -> &str {
        "GitLabCredential"
    }

    fn configure(&mut self, env: &Env) -> Result<()> {
        self.0 = env.non_empty(VARIABLE).map(Secret::from);
        Ok(())
    }

    fn partition(&self) -> String {
        VARIABLE.into()
    }

    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let missing = || Error::unavailable(format!("{VARIABLE} is not set: add `id_tokens` to the job"));
        let grant = |token| Grant::new(token, moment.now() + Duration::from_secs(300), moment.now());
        Step::Done(self.0.clone().map(grant).ok_or_else(missing))
    }
}

fn main() -> Result<(), Box<dyn StdError>> {
    let entra = Emulator::start()?;
    let id_token = entra.federated_token("https://issuer.example", "system:serviceaccount:ns:sa")?;
    let source = ClientAssertion::new(entra.tenant().id(), FEDERATED_APP, GitLabToken::default())
        .with_options(ClientOptions::new().with_authority(entra.authority()));
    let credential = Credential::builder(source)
        .host(Transport::builder().add_certificate_authorities(entra.ca_pem()).build())
        .env(Env::from_iter([(VARIABLE, id_token)]))
        .build()?;
    let token = credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"]))?;
    let application = token.describe().and_then(|identity| identity.application_id);
    assert_eq!(application.as_deref(), Some(FEDERATED_APP));
    Ok(())
}
