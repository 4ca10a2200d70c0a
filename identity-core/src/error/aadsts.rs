//! One line of advice for the AADSTS codes that users meet most.
//!
//! Source: the public list "Microsoft Entra authentication and authorization error codes".

/// What to do about a code; `None` for codes without advice.
pub(super) const fn remedy(code: u32) -> Option<&'static str> {
    Some(match code {
        7000215 => "pass the secret's value, not its id, and check that it belongs to this application",
        7000222 => "the client secret has expired: create a new one for the application",
        700016 => "check the client id and the tenant: the application is not known in that tenant",
        700027 => "register the certificate (its public part) with the application",
        700021 | 70021 | 700211 | 700212 | 700213 => {
            "compare issuer, subject and audience of the assertion with the federated credential of the application; \
             a new one takes some minutes to work"
        }
        700023 => "the assertion's audience must be the token endpoint of the tenant",
        700024 => {
            "the assertion is outside its validity: check the clock of this machine and the age of the assertion"
        }
        50027 => "the token or assertion is malformed: pass the JWT as it was issued",
        90002 | 900023 => "check the tenant id or domain name, and that the authority belongs to its cloud",
        900144 => "a parameter of the request is missing: this is a defect of this library, please report it",
        65001 => "grant the application consent for the permission, as a user or as an administrator",
        500011 => "check the scope: the resource is not known in the tenant",
        70011 | 1002012 => "pass one scope of the form {resource}/.default",
        50076 | 50079 | 50158 | 53003 => "sign in interactively and pass the claims of this error",
        50011 => "register the redirect URI with the application",
        7000218 => {
            "allow public client flows for the application, or authenticate it with a secret or certificate"
        }
        70043 | 700082 | 50173 => "sign in again: the refresh token expired or was revoked",
        50126 => "check the user name and password",
        50034 => "check the user name: the account does not exist in this tenant",
        50049 => "check the authority: its host is not a known sign-in service",
        _ => return None,
    })
}

/// Codes that the service uses for faults of its own that pass.
pub(super) const fn is_transient(code: u32) -> bool {
    matches!(code, 90033 | 50196 | 90024 | 90006)
}
