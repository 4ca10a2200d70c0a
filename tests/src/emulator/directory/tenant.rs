//! What a tenant is to the emulator: an id, domains and a name.

/// An Entra tenant.
///
/// ```
/// use identity_testing::emulator::Tenant;
/// let tenant = Tenant::new("3f6b6f0c-57a5-4b52-9f0a-8f7f40a0c001").domain("corp.example").name("Corp");
/// assert_eq!(tenant.domains(), ["corp.example"]);
/// ```
#[derive(Clone, Debug)]
pub struct Tenant {
    id: String,
    name: String,
    domains: Vec<String>,
}

impl Tenant {
    /// A tenant of this id (a GUID) without verified domains.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: "Contoso".into(), domains: Vec::new() }
    }

    /// Adds a verified domain, which works in place of the id.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domains.push(domain.into());
        self
    }

    /// The display name that error messages show. Default: "Contoso".
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The tenant id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The verified domains, in the order in which they were added.
    #[must_use]
    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    pub(in super::super) fn display_name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_called(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name) || self.domains.iter().any(|d| d.eq_ignore_ascii_case(name))
    }
}
