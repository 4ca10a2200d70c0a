//! The default chain: who is in it, who is asked, what it says when nobody can be, and what it explains.

use std::sync::Arc;
use std::time::SystemTime;

use identity_testing::emulator::{Emulator, Fault, ManagedIdentityHost};

use super::doubles::ScriptedCredential;
use super::identity::explain::{Outlook, Report};
use super::identity::{
    AccessToken, Chain, DefaultAzureCredential, Env, Error, ErrorKind, Member, Remember, Retry,
    SELECTION_VARIABLE, TokenCredential, TokenRequest, Transport,
};
use super::{VAULT, flavour, flavour_test};

fn names(credential: &DefaultAzureCredential) -> String {
    let members = credential.chain().members();
    members.iter().map(|member| member.name()).collect::<Vec<_>>().join(" ")
}

fn built(variables: &[(&str, &str)]) -> DefaultAzureCredential {
    DefaultAzureCredential::builder().env(variables.iter().copied().collect()).build().unwrap()
}

#[flavour]
#[flavour_test]
async fn members_are_those_of_the_variable_and_in_order() {
    let credential = built(&[]);
    assert_eq!(
        names(&credential),
        "EnvironmentCredential WorkloadIdentityCredential ManagedIdentityCredential SharedTokenCacheCredential \
         VisualStudioCodeCredential AzureCliCredential AzurePowerShellCredential AzureDeveloperCliCredential \
         BrokerCredential"
    );
    assert!(TokenCredential::uptime(&credential).is_some(), "a chain around it shares out its deadline");
    let credential = built(&[(SELECTION_VARIABLE, "azureclicredential")]);
    assert_eq!(names(&credential), "AzureCliCredential");
    let error = DefaultAzureCredential::builder()
        .env(Env::from_iter([(SELECTION_VARIABLE, "staging")]))
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("staging") && error.to_string().contains("prod"), "{error}");
}

#[flavour]
#[flavour_test]
async fn an_empty_machine_says_what_to_do_for_each_member() {
    let credential = DefaultAzureCredential::builder()
        .env(Env::from_iter([("HOME", "/nonexistent"), ("PATH", "/nonexistent")]))
        .exclude(Member::ManagedIdentity)
        .build()
        .unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Chain, 8));
    let text = error.to_string();
    assert_eq!(text.lines().count(), 9, "{text}");
    for remedy in
        ["AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE", "'az login'", "Az.Accounts", "'azd auth login'"]
    {
        assert!(text.contains(remedy), "{remedy} is not in {text}");
    }
    assert!(error.attempts().iter().all(Error::is_unavailable), "{text}");
    credential.close().await;
}

#[flavour]
#[flavour_test]
async fn the_environment_is_asked_first_and_named_in_the_token() {
    let entra = Emulator::start().unwrap();
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let env = Env::from_iter([
        ("AZURE_AUTHORITY_HOST", entra.authority()),
        ("AZURE_TENANT_ID", entra.tenant().id()),
        ("AZURE_CLIENT_ID", entra.app().client_id()),
        ("AZURE_CLIENT_SECRET", entra.secret()),
    ]);
    let credential = DefaultAzureCredential::builder().host(transport).env(env).build().unwrap();
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(token.credential(), "EnvironmentCredential");
    assert!(credential.cached_token(&TokenRequest::new(&[VAULT])).unwrap().is_from_cache());
    credential.close().await;
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[flavour]
#[flavour_test]
async fn what_is_configured_wrongly_stops_the_chain() {
    let env = Env::from_iter([
        ("AZURE_TENANT_ID", "not a tenant"),
        ("AZURE_CLIENT_ID", "app"),
        ("AZURE_CLIENT_SECRET", "hunter2-throw-away"),
    ]);
    let credential = DefaultAzureCredential::builder().env(env).build().unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("failed: EnvironmentCredential") && text.contains("not asked: Workload"), "{text}");
    let report = credential.explain().await;
    assert_eq!(report.members[0].outlook, Outlook::Broken);
    assert!(!format!("{report} {report:?}").contains("hunter2"), "{report}");
    credential.close().await;
}

#[flavour]
#[flavour_test]
async fn an_authority_that_cannot_be_used_and_an_empty_secret_are_mistakes() {
    let env = Env::from_iter([("AZURE_AUTHORITY_HOST", "http://login.example")]);
    let error = DefaultAzureCredential::builder().env(env).build().unwrap_err();
    assert!(error.to_string().contains("https"), "{error}");
    let credential =
        built(&[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "app"), ("AZURE_CLIENT_SECRET", "")]);
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert!(error.to_string().contains("AZURE_CLIENT_SECRET"), "{error}");
    assert!(error.to_string().contains("not asked: Workload"), "{error}");
    credential.close().await;
}

#[flavour]
#[flavour_test]
async fn explanations_name_what_was_looked_at_and_send_nothing() {
    let env = Env::from_iter([("AZURE_TENANT_ID", "secret-looking-value"), ("PATH", "/nonexistent")]);
    let credential = DefaultAzureCredential::builder().env(env).build().unwrap();
    let report = credential.explain().await;
    let member =
        |name: &str| -> &Report { report.members.iter().find(|member| member.credential == name).unwrap() };
    let environment = member("EnvironmentCredential");
    assert_eq!(environment.outlook, Outlook::Absent);
    assert!(environment.variables.contains(&("AZURE_TENANT_ID".to_owned(), true)));
    assert!(environment.variables.contains(&("AZURE_CLIENT_SECRET".to_owned(), false)));
    let managed = member("ManagedIdentityCredential");
    assert_eq!(managed.outlook, Outlook::Candidate);
    assert!(managed.endpoints[0].starts_with("http://169.254.169.254"), "{report}");
    assert_eq!(member("AzureCliCredential").text, "az is not on PATH");
    assert!(!report.to_string().contains("secret-looking-value"), "{report}");
    credential.close().await;
}

/// What a member of a chain is in one case of the property.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Presence {
    Absent,
    Present,
    Broken,
}

fn member(name: &str, presence: Presence) -> Arc<ScriptedCredential> {
    let result = match presence {
        Presence::Absent => Err(Error::unavailable("not here")),
        Presence::Present => Ok(AccessToken::new(name, SystemTime::now(), name)),
        Presence::Broken => Err(Error::authentication("refused")),
    };
    Arc::new(ScriptedCredential::new(name, [result]))
}

#[flavour]
#[flavour_test]
async fn the_identity_is_a_function_of_order_and_presence() {
    const NAMES: [&str; 4] = ["A", "B", "C", "D"];
    use Presence::{Absent, Broken, Present};
    // Every order of four members, in every combination of what they are.
    let orders = (0..256).map(|n: usize| [n / 64, n / 16 % 4, n / 4 % 4, n % 4]);
    let orders: Vec<[usize; 4]> = orders.filter(|order| (0..4).all(|n| order.contains(&n))).collect();
    assert_eq!(orders.len(), 24);
    for order in &orders {
        for case in 0..81_usize {
            let presence =
                [case / 27, case / 9 % 3, case / 3 % 3, case % 3].map(|n| [Absent, Present, Broken][n]);
            let members = order.map(|n| member(NAMES[n], presence[n]));
            let all = members.iter().map(|it| it.clone() as Arc<dyn TokenCredential>).collect();
            let chain = Chain::new(all).unwrap();
            let decides = order.iter().position(|n| presence[*n] != Absent);
            let expected = decides.map(|at| order[at]).filter(|n| presence[*n] == Present).map(|n| NAMES[n]);
            for _ in 0..2 {
                let result = chain.get_token(&TokenRequest::new(&[VAULT])).await;
                assert_eq!(result.ok().as_ref().map(AccessToken::secret), expected, "{order:?} {presence:?}");
            }
            // Nobody behind the one that decides was ever asked.
            let behind = decides.map_or(4, |at| at + 1);
            assert!(members[behind..].iter().all(|member| member.calls() == 0), "{order:?} {presence:?}");
        }
    }
}

#[flavour]
#[flavour_test]
async fn a_chain_keeps_to_its_first_success_as_long_as_it_is_told_to() {
    let token = |name: &str| Ok(AccessToken::new(name, SystemTime::now(), name));
    let gone = || Err(Error::unavailable("gone"));
    for (remember, second, third) in [
        (Remember::Always, None, "a2"),
        (Remember::WhileAvailable, Some("b"), "b"),
        (Remember::Never, Some("b"), "a2"),
    ] {
        let first = Arc::new(ScriptedCredential::new("A", [token("a1"), gone(), token("a2")]));
        let other = Arc::new(ScriptedCredential::new("B", [token("b")]));
        // Looking again asks the first once more, which then is there again.
        let first = if remember == Remember::WhileAvailable {
            Arc::new(ScriptedCredential::new("A", [token("a1"), gone(), gone(), token("a2")]))
        } else {
            first
        };
        let chain = Chain::builder(vec![first, other]).remember(remember).build().unwrap();
        let mut given = Vec::new();
        for _ in 0..3 {
            let result = chain.get_token(&TokenRequest::new(&[VAULT])).await;
            given.push(result.ok().map(|token| token.secret().to_owned()));
        }
        let given: Vec<Option<&str>> = given.iter().map(Option::as_deref).collect();
        assert_eq!(given, [Some("a1"), second, Some(third)], "{remember:?}");
    }
}

#[flavour]
#[flavour_test]
async fn a_metadata_service_that_refuses_stops_the_chain() {
    for status in [403, 500] {
        let entra = Emulator::start().unwrap();
        entra.fail(Fault::status(status).times(99));
        let env: Env = entra.managed_identity_variables(ManagedIdentityHost::Imds).into_iter().collect();
        let never = Arc::new(ScriptedCredential::new("Never", []));
        let source = super::identity::ManagedIdentity::system_assigned().with_retry(Retry::none());
        let managed = super::identity::Credential::builder(source).env(env).build().unwrap();
        let chain = Chain::new(vec![Arc::new(managed), never.clone()]).unwrap();
        chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
        assert_eq!(never.calls(), 0, "{status}");
    }
}
