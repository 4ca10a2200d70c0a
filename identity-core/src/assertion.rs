//! Client assertions signed with a certificate (RFC 7523; Microsoft's "certificate credentials"): header and claims.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;

use crate::certificate::Certificate;
use crate::signer::SigningAlgorithm;
use crate::{Error, Moment, Result, Secret};

/// How long an assertion is valid.
const LIFETIME: u64 = 600;

/// How long ago it became valid: Entra refuses assertions from the future, and clocks differ by minutes.
const BACKDATED: u64 = 300;

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: u64,
    exp: u64,
}

/// What is signed: header and claims, base64url without padding.
///
/// # Errors
/// None that input can cause.
pub(crate) fn message(
    certificate: &Certificate,
    with_chain: bool,
    algorithm: SigningAlgorithm,
    client_id: &str,
    audience: &str,
    moment: &Moment,
) -> Result<String> {
    let mut header;
    match algorithm {
        SigningAlgorithm::Ps256 => {
            header = Header::new(Algorithm::PS256);
            header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(certificate.sha256()));
        }
        SigningAlgorithm::Rs256 => {
            header = Header::new(Algorithm::RS256);
            header.x5t = Some(URL_SAFE_NO_PAD.encode(certificate.sha1()));
        }
    }
    header.x5c = with_chain.then(|| certificate.chain().iter().map(|der| STANDARD.encode(der)).collect());
    let now = moment.unix();
    let claims = Claims {
        aud: audience,
        iss: client_id,
        sub: client_id,
        jti: moment.uuid(),
        nbf: now.saturating_sub(BACKDATED),
        exp: now + LIFETIME,
    };
    Ok(format!("{}.{}", part(&header)?, part(&claims)?))
}

/// The assertion: the message with its signature.
pub(crate) fn signed(message: &str, signature: &[u8]) -> Secret {
    Secret::new(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn part(value: &impl Serialize) -> Result<String> {
    let json = serde_json::to_vec(value).map_err(|error| {
        Error::invalid_argument(format!("the client assertion cannot be written: {error}"))
    })?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe;
    use crate::moment::ENTROPY;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn claims_tolerate_a_clock_that_is_minutes_off() {
        let moment = Moment::new(UNIX_EPOCH + Duration::from_secs(10_000), [9; ENTROPY]);
        let certificate = Certificate::of_der(vec![b"leaf".to_vec(), b"issuer".to_vec()]);
        let text =
            message(&certificate, true, SigningAlgorithm::Ps256, "app", "https://aud", &moment).unwrap();
        let claims = describe::payload(&format!("{text}.x")).unwrap();
        assert_eq!((claims["nbf"].as_u64(), claims["exp"].as_u64()), (Some(9_700), Some(10_600)));
        assert_eq!((claims["iss"].as_str(), claims["sub"].as_str()), (Some("app"), Some("app")));
        assert_eq!(claims["jti"].as_str(), Some(&*moment.uuid()));
        assert!(!text.contains('='), "{text}");
        let header = describe::payload(&format!("x.{text}")).unwrap();
        assert_eq!(header["x5c"], serde_json::json!(["bGVhZg==", "aXNzdWVy"]));
        assert_eq!(header["x5t#S256"].as_str().map(str::len), Some(43));
        let text =
            message(&certificate, false, SigningAlgorithm::Rs256, "app", "https://aud", &moment).unwrap();
        let header = describe::payload(&format!("x.{text}")).unwrap();
        assert_eq!(header["x5t"].as_str().map(str::len), Some(27));
        assert!(header.get("x5c").is_none() && header.get("x5t#S256").is_none(), "{header}");
    }
}
