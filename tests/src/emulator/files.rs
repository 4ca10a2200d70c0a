//! The emulator's certificates and keys as files, for programs outside the process.

use super::Emulator;
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::path::Path;

impl Emulator {
    /// Writes into an existing directory what a client needs as files:
    ///
    /// | file | content |
    /// | --- | --- |
    /// | `ca.crt` | the authority to trust for TLS |
    /// | `client.crt`, `client.key`, `client.pem` | certificate, key, and both with the chain, of the certificate application |
    /// | `client-encrypted.pem`, `client.pfx`, `client-legacy.pfx` | the same, encrypted with the password `secret` |
    /// | `other.crt`, `other.key` | a certificate that no application has registered |
    /// | `federated.key` | signs assertions of the emulated federated identity issuer |
    /// | `emulator.json` | [`Emulator::describe`] with `ca_file`, `files`, and the reference client's settings |
    ///
    /// Returns the content of `emulator.json`.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn write_files(&self, directory: &Path) -> io::Result<Value> {
        let files = self.client_certificate();
        let texts = [
            ("ca.crt", self.ca_pem().to_owned()),
            ("client.crt", files.certificate_pem()),
            ("client.key", files.key_pem()),
            ("client.pem", files.pem()),
            ("client-encrypted.pem", files.encrypted_pem()),
            ("other.crt", files.unregistered_certificate_pem()),
            ("other.key", files.unregistered_key_pem()),
            ("federated.key", self.federated_key_pem()),
        ];
        for (name, text) in texts {
            fs::write(directory.join(name), text)?;
        }
        fs::write(directory.join("client.pfx"), files.pkcs12())?;
        fs::write(directory.join("client-legacy.pfx"), files.pkcs12_legacy())?;
        let directory = std::path::absolute(directory)?;
        let mut description = self.describe();
        description["ca_file"] = json!(directory.join("ca.crt"));
        description["files"] = json!(directory);
        description["reference_client"] = self.reference_client_settings(&directory);
        fs::write(directory.join("emulator.json"), format!("{description:#}\n"))?;
        Ok(description)
    }
}
