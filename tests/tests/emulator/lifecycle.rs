//! Starting, counting, recording and stopping.

use crate::client::{agent, secret_form, token, try_token};
use identity_testing::emulator::Emulator;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn dropping_it_closes_every_connection() {
    let entra = Emulator::start().unwrap();
    let address = entra.metadata_authority().trim_start_matches("http://").to_owned();
    let mut idle = TcpStream::connect(address).unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut first = [0; 8];
    idle.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1");
    drop(entra);
    // The rest of the answer, then the end.
    idle.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    idle.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_taken_port_is_an_error() {
    let entra = Emulator::start().unwrap();
    let port: u16 = entra.authority().rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(Emulator::builder().port(port).start().unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn connections_are_kept_alive_and_counted() {
    let entra = Emulator::start().unwrap();
    let client = agent(&entra);
    for _ in 0..5 {
        let answer = try_token(&client, &entra, entra.tenant().id(), &secret_form(&entra, &[])).unwrap();
        assert_eq!(answer.status, 200);
    }
    assert_eq!((entra.connections(), entra.token_requests()), (1, 5));
}

#[test]
fn the_record_keeps_fields_and_its_debug_output_hides_secrets() {
    let entra = Emulator::start().unwrap();
    token(&entra, &secret_form(&entra, &[]));
    let requests = entra.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert!(request.is_token_request() && request.method() == "POST");
    assert_eq!(request.form("client_secret"), Some(entra.secret()));
    assert_eq!(request.header("CONTENT-TYPE"), Some("application/x-www-form-urlencoded"));
    let shown = format!("{entra:?} {:?} {requests:?}", entra.apps());
    assert!(!shown.contains(entra.secret()) && shown.contains("client_credentials"), "{shown}");
    entra.clear_requests();
    assert_eq!((entra.request_count(), entra.requests().len()), (0, 0));
}
