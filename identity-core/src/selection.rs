//! Which credentials the default chain consists of, and in which order.
//!
//! What the caller excluded or included, and what `AZURE_TOKEN_CREDENTIALS` says.

use crate::{Env, Error, Result};

/// The variable that narrows the default chain.
pub const SELECTION_VARIABLE: &str = "AZURE_TOKEN_CREDENTIALS";

/// A credential of the default chain, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Member {
    /// An application or person described by environment variables.
    Environment,
    /// The identity that Kubernetes projects into a pod.
    WorkloadIdentity,
    /// The identity of the machine or service.
    ManagedIdentity,
    /// The account that Visual Studio left in the token cache shared by Microsoft's tools.
    SharedTokenCache,
    /// The account signed in to Visual Studio Code.
    VisualStudioCode,
    /// Whoever is signed in to the Azure CLI.
    AzureCli,
    /// Whoever is signed in to Azure PowerShell.
    AzurePowerShell,
    /// Whoever is signed in to the Azure Developer CLI.
    AzureDeveloperCli,
    /// A person who is asked to sign in with a browser. Excluded by default.
    InteractiveBrowser,
    /// The account that the operating system's broker knows.
    Broker,
}

impl Member {
    /// All, in order.
    pub const ALL: [Self; 10] = [
        Self::Environment,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::SharedTokenCache,
        Self::VisualStudioCode,
        Self::AzureCli,
        Self::AzurePowerShell,
        Self::AzureDeveloperCli,
        Self::InteractiveBrowser,
        Self::Broker,
    ];

    /// The name of the credential.
    #[inline]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Environment => "EnvironmentCredential",
            Self::WorkloadIdentity => "WorkloadIdentityCredential",
            Self::ManagedIdentity => "ManagedIdentityCredential",
            Self::SharedTokenCache => "SharedTokenCacheCredential",
            Self::VisualStudioCode => "VisualStudioCodeCredential",
            Self::AzureCli => "AzureCliCredential",
            Self::AzurePowerShell => "AzurePowerShellCredential",
            Self::AzureDeveloperCli => "AzureDeveloperCliCredential",
            Self::InteractiveBrowser => "InteractiveBrowserCredential",
            Self::Broker => "BrokerCredential",
        }
    }

    /// Whether it identifies a deployed program (`prod`). The others are for developers.
    #[inline]
    pub const fn is_deployed(self) -> bool {
        matches!(self, Self::Environment | Self::WorkloadIdentity | Self::ManagedIdentity)
    }

    #[inline]
    const fn is_in_dev(self) -> bool {
        !self.is_deployed() && !matches!(self, Self::InteractiveBrowser)
    }

    #[inline]
    const fn can_be_named(self) -> bool {
        !matches!(self, Self::SharedTokenCache | Self::Broker)
    }
}

/// What the caller decided about the members of the default chain.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Whether a member is left out; the last word counts.
    decided: Vec<(Member, bool)>,
    required: bool,
}

/// The members of a default chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selected {
    /// The members, in order.
    pub members: Vec<Member>,
    /// The one that the variable names: it is meant, and need not be probed for.
    pub named: Option<Member>,
}

impl Selection {
    /// Every member but the interactive browser, unless the variable says otherwise.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves a member out, or keeps it in, whatever the variable says.
    #[inline]
    pub fn exclude(&mut self, member: Member, excluded: bool) {
        self.decided.push((member, excluded));
    }

    #[inline]
    fn is_excluded(&self, member: Member) -> Option<bool> {
        self.decided.iter().rfind(|(known, _)| *known == member).map(|(_, excluded)| *excluded)
    }

    /// Whether the variable must be set.
    #[inline]
    pub const fn require_variable(&mut self, required: bool) {
        self.required = required;
    }

    /// The members for an environment.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument): the variable has an unknown value (the valid ones are
    /// listed), it is required and missing, or nothing is left.
    #[inline]
    pub fn members(&self, env: &Env) -> Result<Selected> {
        let given = env.get(SELECTION_VARIABLE).unwrap_or_default().trim();
        let value = given.to_ascii_lowercase();
        if value.is_empty() && self.required {
            return Err(Error::invalid_argument(format!(
                "{SELECTION_VARIABLE} is required and missing or empty: set it to one of {}",
                valid_values()
            )));
        }
        let named = Member::ALL
            .into_iter()
            .filter(|member| member.can_be_named())
            .find(|member| member.name().eq_ignore_ascii_case(&value));
        if named.is_none() && !matches!(value.as_str(), "" | "dev" | "prod") {
            return Err(Error::invalid_argument(format!(
                "{SELECTION_VARIABLE} has the unknown value {given:?}: set it to one of {}",
                valid_values()
            )));
        }
        let selected = |member: Member| match (value.as_str(), named) {
            (_, Some(named)) => member == named,
            ("dev", None) => member.is_in_dev(),
            ("prod", None) => member.is_deployed(),
            _ => member != Member::InteractiveBrowser,
        };
        let members: Vec<Member> = Member::ALL
            .into_iter()
            .filter(|member| {
                self.is_excluded(*member).map_or_else(|| selected(*member), |excluded| !excluded)
            })
            .collect();
        if members.is_empty() {
            return Err(Error::invalid_argument(format!(
                "every member is excluded, and the default chain needs at least one credential: exclude fewer, or \
                 change {SELECTION_VARIABLE}"
            )));
        }
        Ok(Selected { members, named })
    }
}

#[inline]
fn valid_values() -> String {
    let names = Member::ALL.into_iter().filter(|member| member.can_be_named()).map(Member::name);
    ["dev", "prod"].into_iter().chain(names).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(selection: &Selection, value: Option<&str>) -> Result<Vec<Member>> {
        let env: Env = value.map(|value| (SELECTION_VARIABLE, value)).into_iter().collect();
        selection.members(&env).map(|selected| selected.members)
    }

    #[test]
    fn the_variable_narrows_the_chain() {
        use Member::*;
        let all = Selection::new();
        let without_browser: Vec<Member> =
            Member::ALL.into_iter().filter(|member| *member != InteractiveBrowser).collect();
        for (value, expected) in [
            (None, without_browser.clone()),
            (Some("  "), without_browser),
            (Some(" PROD "), vec![Environment, WorkloadIdentity, ManagedIdentity]),
            (
                Some("dev"),
                vec![
                    SharedTokenCache,
                    VisualStudioCode,
                    AzureCli,
                    AzurePowerShell,
                    AzureDeveloperCli,
                    Broker,
                ],
            ),
            (Some("azureclicredential"), vec![AzureCli]),
            (Some("InteractiveBrowserCredential"), vec![InteractiveBrowser]),
        ] {
            assert_eq!(members(&all, value).unwrap(), expected, "{value:?}");
        }
    }

    #[test]
    fn unknown_values_are_refused_with_the_valid_ones() {
        for value in ["staging", "brokercredential", "sharedtokencachecredential", "azurecli"] {
            let error = members(&Selection::new(), Some(value)).unwrap_err();
            assert!(error.message().contains(value) && error.message().contains("dev, prod, Env"), "{error}");
        }
    }

    #[test]
    fn what_the_caller_decides_wins() {
        let mut selection = Selection::new();
        selection.exclude(Member::AzureCli, false);
        selection.exclude(Member::ManagedIdentity, true);
        let expected = [Member::Environment, Member::WorkloadIdentity, Member::AzureCli];
        assert_eq!(members(&selection, Some("prod")).unwrap(), expected);
        let mut selection = Selection::new();
        selection.exclude(Member::AzureCli, true);
        let error = members(&selection, Some("azureclicredential")).unwrap_err();
        assert!(error.message().contains("at least one"), "{error}");
    }

    #[test]
    fn the_variable_can_be_required() {
        let mut selection = Selection::new();
        selection.require_variable(true);
        for value in [None, Some(" ")] {
            assert!(members(&selection, value).unwrap_err().message().contains(SELECTION_VARIABLE));
        }
        assert!(members(&selection, Some("prod")).is_ok());
    }

    #[test]
    fn the_one_that_is_named_is_known() {
        for (value, named) in [("managedidentitycredential", Some(Member::ManagedIdentity)), ("prod", None)] {
            let env = Env::from_iter([(SELECTION_VARIABLE, value)]);
            assert_eq!(Selection::new().members(&env).unwrap().named, named);
        }
    }
}
