//! What programs outside the process are told.

use identity_testing::emulator::{CERTIFICATE_APP, Emulator, PUBLIC_APP, SECRET_APP};
use std::path::Path;

#[test]
fn the_description_names_all_that_is_needed() {
    let entra = Emulator::start().unwrap();
    let description = entra.describe();
    assert_eq!(description["authority"], entra.authority());
    let apps = description["applications"].as_array().unwrap();
    let app = |id: &str| apps.iter().find(|app| app["client_id"] == id).unwrap();
    assert_eq!(app(SECRET_APP)["secrets"][0], entra.secret());
    assert_eq!(app(CERTIFICATE_APP)["certificates"][0].as_str().unwrap().len(), 40);
    assert_eq!(app(PUBLIC_APP)["public"], true);
    let host = &description["managed_identity_hosts"]["app_service"];
    assert_eq!(host["variables"]["IDENTITY_ENDPOINT"], host["address"]);
    assert_eq!(description["users"][0]["password"], entra.users()[0].password());
}

#[test]
fn the_files_are_those_that_the_description_names() {
    let entra = Emulator::start().unwrap();
    let directory = std::env::temp_dir().join(format!("emulator-files-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let description = entra.write_files(&directory).unwrap();
    let ca = std::fs::read_to_string(description["ca_file"].as_str().unwrap()).unwrap();
    assert_eq!(ca, entra.ca_pem());
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(directory.join("emulator.json")).unwrap()).unwrap();
    assert_eq!(written, description);
    let client = &written["reference_client"];
    assert!(Path::new(client["certs"].as_str().unwrap()).join("client.pfx").is_file());
    assert_eq!((&client["sp_id"], &client["cert_id"]), (&SECRET_APP.into(), &CERTIFICATE_APP.into()));
    std::fs::remove_dir_all(directory).unwrap();
}
