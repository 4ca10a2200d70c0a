//! Every form a certificate comes in, and every way it can be wrong. Keys are made for each run.

use super::*;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{HasPrivate, PKeyRef};
use openssl::rsa::Rsa;
use openssl::sign::Verifier;
use openssl::stack::Stack;
use openssl::symm::Cipher;
use openssl::x509::{X509Builder, X509NameBuilder};
use std::sync::LazyLock;

struct Files {
    key: PKey<Private>,
    other: PKey<Private>,
    /// Leaf, then two that stand for its issuers.
    chain: Vec<X509>,
}

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let rsa = || PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let (key, other) = (rsa(), rsa());
    let chain = vec![certificate("leaf", &key), certificate("one", &other), certificate("two", &other)];
    Files { key, other, chain }
});

fn certificate(name: &str, key: &PKeyRef<impl HasPrivate>) -> X509 {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    let subject = subject.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(&subject).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(4_000_000_000).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build()
}

fn pem(certificates: &[X509]) -> Vec<u8> {
    certificates.iter().flat_map(|certificate| certificate.to_pem().unwrap()).collect()
}

fn ders(certificates: &[X509]) -> Vec<Vec<u8>> {
    certificates.iter().map(|certificate| certificate.to_der().unwrap()).collect()
}

fn pkcs12(password: &str, algorithm: Nid) -> Vec<u8> {
    // Old algorithms are needed to write such a file as well as to read it.
    let _legacy = Provider::try_load(None, "legacy", true);
    let mut others = Stack::new().unwrap();
    FILES.chain[1..].iter().for_each(|certificate| others.push(certificate.clone()).unwrap());
    let mut builder = Pkcs12::builder();
    builder
        .pkey(&FILES.key)
        .cert(&FILES.chain[0])
        .ca(others)
        .key_algorithm(algorithm)
        .cert_algorithm(algorithm);
    builder.build2(password).unwrap().to_der().unwrap()
}

fn read(content: &[u8], password: Option<&str>) -> Result<(Certificate, Key)> {
    Certificate::with_key(content, password.map(Secret::new).as_ref(), "the file x")
}

fn refusal(content: &[u8], password: Option<&str>) -> String {
    let error = read(content, password).unwrap_err().to_string();
    assert!(error.contains("the file x"), "{error}");
    error
}

#[test]
fn pem_is_read_with_any_key_in_any_place() {
    let Files { key, chain, .. } = &*FILES;
    let (rsa, aes) = (key.rsa().unwrap(), Cipher::aes_256_cbc());
    for (private, password) in [
        (key.private_key_to_pem_pkcs8().unwrap(), None),
        (rsa.private_key_to_pem().unwrap(), None),
        (key.private_key_to_pem_pkcs8_passphrase(aes, b"pw").unwrap(), Some("pw")),
        (rsa.private_key_to_pem_passphrase(aes, b"pw").unwrap(), Some("pw")),
    ] {
        for content in [[&private[..], &pem(chain)].concat(), [&pem(chain)[..], &private].concat()] {
            let (certificate, _) = read(&content, password).unwrap();
            assert_eq!(certificate.chain(), ders(chain));
        }
    }
    // Whoever gives a password believes that the key is protected.
    let plain = [rsa.private_key_to_pem().unwrap(), pem(chain)].concat();
    assert!(refusal(&plain, Some("pw")).contains("not encrypted"));
    assert!(read(&plain, Some("")).is_ok());
    let mut reversed = chain.clone();
    reversed.rotate_left(1);
    let content = [key.private_key_to_pem_pkcs8().unwrap(), pem(&reversed)].concat();
    assert_eq!(read(&content, None).unwrap().0.chain(), ders(chain), "the leaf is first wherever it was");
}

#[test]
fn pkcs12_is_read_with_modern_and_legacy_encryption() {
    let legacy = [Nid::PBE_WITHSHA1AND40BITRC2_CBC, Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC];
    for algorithm in [[Nid::AES_256_CBC].as_slice(), &legacy].concat() {
        for password in ["pw", ""] {
            let content = pkcs12(password, algorithm);
            let given = Some(password).filter(|password| !password.is_empty());
            let (certificate, _) = read(&content, given).unwrap();
            assert_eq!(certificate.chain(), ders(&FILES.chain), "{algorithm:?} {password:?}");
        }
    }
}

#[test]
fn both_signatures_verify() {
    let content = [FILES.key.private_key_to_pem_pkcs8().unwrap(), pem(&FILES.chain)].concat();
    let (_, key) = read(&content, None).unwrap();
    for algorithm in [SigningAlgorithm::Ps256, SigningAlgorithm::Rs256] {
        let signature = key.sign(algorithm, b"message").unwrap();
        let mut verifier = Verifier::new(MessageDigest::sha256(), &FILES.key).unwrap();
        if algorithm == SigningAlgorithm::Ps256 {
            verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(32)).unwrap();
        }
        assert!(verifier.verify_oneshot(&signature, b"message").unwrap(), "{algorithm:?}");
    }
}

#[test]
fn everything_else_is_refused_with_a_remedy() {
    let Files { key, other, chain } = &*FILES;
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let ec = PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap();
    let private = key.private_key_to_pem_pkcs8().unwrap();
    let encrypted = key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"pw").unwrap();
    let with_ec = [ec.private_key_to_pem_pkcs8().unwrap(), pem(&[certificate("ec", &ec)])].concat();
    let with_other = [other.private_key_to_pem_pkcs8().unwrap(), pem(&chain[..1])].concat();
    let broken = String::from_utf8(private.clone()).unwrap().replace("MII", "AAA").into_bytes();
    let archive = pkcs12("pw", Nid::AES_256_CBC);
    let long = "x".repeat(1001);
    for (content, password, says) in [
        (b"garbage".to_vec(), None, "not in PEM or PKCS12 format"),
        (Vec::new(), None, "not in PEM or PKCS12 format"),
        (pem(chain), None, "no private key"),
        (private.clone(), None, "no certificate"),
        (private[..private.len() / 2].to_vec(), None, "cut short"),
        ([&broken[..], &pem(chain)].concat(), None, "cannot be read"),
        ([&encrypted[..], &pem(chain)].concat(), None, "pass its password"),
        ([&encrypted[..], &pem(chain)].concat(), Some("no"), "this password does not open"),
        ([&encrypted[..], &pem(chain)].concat(), Some("a\0b"), "null character"),
        ([&encrypted[..], &pem(chain)].concat(), Some(&*long), "1000 bytes"),
        (with_ec, None, "not RSA"),
        (with_other, None, "belongs to none"),
        (archive.clone(), None, "pass its password"),
        (archive.clone(), Some("no"), "not opened by this password"),
        (archive[..archive.len() / 2].to_vec(), Some("pw"), "not in PEM or PKCS12 format"),
    ] {
        let error = refusal(&content, password);
        assert!(error.contains(says), "{says}: {error}");
    }
    assert!(Certificate::public(b"x", "y").unwrap_err().to_string().contains("y is not a certificate"));
    assert_eq!(Certificate::public(&chain[0].to_der().unwrap(), "y").unwrap().chain(), ders(&chain[..1]));
}
