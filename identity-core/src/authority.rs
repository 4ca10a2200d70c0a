//! Where tokens come from: authorities, the clouds of Microsoft, and the addresses of an authority's endpoints.

use std::fmt;

use http::Uri;

use crate::effect::without_user;
use crate::{Env, Error, Result};

/// Hosts of Microsoft's clouds.
pub mod hosts {
    /// Azure, the public cloud.
    pub const PUBLIC: &str = "login.microsoftonline.com";
    /// Azure US Government.
    pub const US_GOVERNMENT: &str = "login.microsoftonline.us";
    /// Azure operated by 21Vianet in China.
    pub const CHINA: &str = "login.chinacloudapi.cn";
    /// Bleu, the sovereign cloud in France.
    pub const FRANCE: &str = "login.sovcloud-identity.fr";
    /// Delos, the sovereign cloud in Germany.
    pub const GERMANY: &str = "login.sovcloud-identity.de";
    /// The sovereign cloud in Singapore.
    pub const SINGAPORE: &str = "login.sovcloud-identity.sg";
}

/// Groups of host names that are one cloud.
const ALIASES: [&[&str]; 3] = [
    &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
    &["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
    &["login.microsoftonline.us", "login.usgovcloudapi.net"],
];

/// The https address of a sign-in service, such as `https://login.microsoftonline.com`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Authority {
    /// Scheme, lower-case host, port and path; no slash at the end.
    base: String,
    host_at: (usize, usize),
}

impl Authority {
    /// Reads an authority. The scheme may be left out; a port and a path (as on Azure Stack) are kept; white space
    /// and slashes at the end are dropped.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for anything but https, and for user names, queries and
    /// fragments.
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim().trim_end_matches(|c: char| c == '/' || c.is_whitespace());
        let bad = |why: &str| {
            let shown = without_user(text);
            Error::invalid_argument(format!(
                "{shown:?} is not a valid authority: {why}; an example is https://{}",
                hosts::PUBLIC
            ))
        };
        let rest = match trimmed.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
            Some(_) => return Err(bad("tokens are only asked for over TLS, so its scheme must be https")),
            None => trimmed,
        };
        if rest.is_empty() {
            return Err(bad("it is empty"));
        }
        if rest.contains(['?', '#', '@', '\\']) || rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(bad("user names, queries, fragments and white space have no place in it"));
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let base = format!("https://{}{path}", authority.to_ascii_lowercase());
        let uri: Uri = base.parse().map_err(|_| bad("it is not an https URL"))?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| bad("it has no host"))?;
        let after_host = &authority[host.len().min(authority.len())..];
        if !after_host.is_empty() && uri.port_u16().is_none() {
            return Err(bad("its port is not a number from 1 to 65535"));
        }
        let start = "https://".len();
        let host_at = (start, start + host.len());
        Ok(Self { base, host_at })
    }

    /// The authority to use: the given one, else `AZURE_AUTHORITY_HOST`, else the public cloud.
    pub(crate) fn resolve(given: Option<&str>, env: &Env) -> Result<Self> {
        match (given, env.non_empty("AZURE_AUTHORITY_HOST")) {
            (Some(given), _) => Self::parse(given),
            (None, Some(value)) => Self::parse(value).map_err(|error| error.context("AZURE_AUTHORITY_HOST")),
            (None, None) => Self::parse(hosts::PUBLIC),
        }
    }

    /// The address without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.base
    }

    /// The host, without port.
    pub fn host(&self) -> &str {
        self.base.get(self.host_at.0..self.host_at.1).unwrap_or_default()
    }

    /// The token endpoint of a tenant.
    pub fn token_endpoint(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/token", self.base)
    }

    /// The authorization endpoint of a tenant.
    pub fn authorize_endpoint(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/authorize", self.base)
    }

    /// The device authorization endpoint of a tenant.
    pub fn device_code_endpoint(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/devicecode", self.base)
    }

    /// The scope of the cloud's resource manager. The resource ends in a slash, hence two of them.
    #[inline]
    pub fn management_scope(&self) -> Option<&'static str> {
        let of = |hosts: &[&str]| self.aliases().iter().any(|alias| hosts.contains(alias));
        if of(&[hosts::PUBLIC]) {
            Some("https://management.core.windows.net//.default")
        } else if of(&[hosts::US_GOVERNMENT]) {
            Some("https://management.core.usgovcloudapi.net//.default")
        } else if of(&[hosts::CHINA]) {
            Some("https://management.core.chinacloudapi.cn//.default")
        } else {
            None
        }
    }

    /// Every host name of the same cloud, this one first.
    #[inline]
    pub fn aliases(&self) -> Vec<&str> {
        let host = self.host();
        let group = ALIASES.iter().find(|group| group.contains(&host)).copied().unwrap_or_default();
        std::iter::once(host).chain(group.iter().copied().filter(|alias| *alias != host)).collect()
    }

    /// The address of the regional token service: `{region}.login.microsoft.com` for the public cloud, else the region
    /// in front of the host.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a region that is not a lower-case DNS label.
    pub(crate) fn in_region(&self, region: &str) -> Result<Self> {
        let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if region.is_empty() || region.len() > 63 || !region.chars().all(label) {
            return Err(Error::invalid_argument(format!(
                "{region:?} is not the name of a region: pass one such as westeurope"
            )));
        }
        let host = if ALIASES[0].contains(&self.host()) { "login.microsoft.com" } else { self.host() };
        Self::parse(&self.base.replacen(self.host(), &format!("{region}.{host}"), 1))
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({})", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_people_write_are_accepted() {
        for (text, base) in [
            ("login.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
            ("HTTPS://Login.Example/ / ", "https://login.example"),
            ("login.contoso.example:8443", "https://login.contoso.example:8443"),
            ("https://localhost:8443/Stack/", "https://localhost:8443/Stack"),
            ("https://[::1]:8443", "https://[::1]:8443"),
        ] {
            assert_eq!(Authority::parse(text).unwrap().as_str(), base);
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_text() {
        for text in [
            "",
            " / ",
            "http://login.example",
            "ftp://x",
            "https://",
            "https://h?x=1",
            "https://h#f",
            "a b",
            "host:port",
            "https://h:99999",
            "https://:443",
        ] {
            let error = Authority::parse(text).unwrap_err().to_string();
            assert!(error.contains("https") && error.contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in ["https://u:hunter2@host", "u:hunter2@host", "http://u:hunter2@host"] {
            let error = Authority::parse(text).unwrap_err().to_string();
            assert!(error.contains("***@host") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_region_goes_in_front() {
        let region = |text: &str| Authority::parse(text).unwrap().in_region("westeurope").unwrap();
        assert_eq!(region("login.microsoftonline.com").as_str(), "https://westeurope.login.microsoft.com");
        assert_eq!(
            region("login.microsoftonline.us").as_str(),
            "https://westeurope.login.microsoftonline.us"
        );
        assert!(Authority::parse("x").unwrap().in_region("West Europe").is_err());
    }

    #[test]
    fn aliases_name_the_cloud() {
        assert_eq!(Authority::parse("sts.windows.net").unwrap().aliases().len(), 4);
        assert_eq!(Authority::parse("adfs.example").unwrap().aliases(), ["adfs.example"]);
    }
}
